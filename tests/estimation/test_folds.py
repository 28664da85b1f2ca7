"""Copies of a row, and rows of one patient, are in one fold."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import (
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._estimation import with_equal_rows, with_fold_groups
from sknoisy._estimation._folds import make_folds
from sknoisy._validation import validate_training_set
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.inspection import noise_audit
from sknoisy.noise import (
    IndexedRows,
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
Y = RNG.permutation(np.repeat([0, 1, 2], 100))
PATIENT = RNG.permutation(np.arange(300) // 5)
NOTE = "rows of X are copies of another row"
copies = pytest.mark.filterwarnings(f"ignore:.*{NOTE}:UserWarning")


def folds(X, y, cv=3, fold_groups=None, seed=0):
    data = validate_training_set(LogisticRegression(), X, y)
    data = with_equal_rows(with_fold_groups(data, fold_groups), cv)
    return make_folds(data, cv, seed), data.fold_groups


def assert_apart(folds, groups):
    for train, test in folds:
        assert set(groups[train]).isdisjoint(groups[test])
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(groups)))


def test_rows_that_all_differ_are_stratified_as_by_scikit_learn():
    expected = StratifiedKFold(3, shuffle=True, random_state=7).split(X, Y)
    for found, (train, test) in zip(folds(X, Y, seed=7)[0], expected, strict=True):
        np.testing.assert_array_equal(found[0], train)
        np.testing.assert_array_equal(found[1], test)


@copies
@pytest.mark.parametrize(
    "container",
    [np.asarray, sparse.csr_array, lambda X: IndexedRows(X[:300], np.tile(np.arange(300), 4))],
    ids=["array", "sparse", "view"],
)
@pytest.mark.parametrize("cv", [3, KFold(3), StratifiedKFold(4)], ids=str)
def test_copies_share_a_fold_even_with_other_labels(container, cv):
    y = np.concatenate([Y, Y, RNG.permutation(Y), RNG.permutation(Y)])
    found, groups = folds(container(np.tile(X, (4, 1))), y, cv)
    np.testing.assert_array_equal(groups, np.tile(np.arange(300), 4))
    assert_apart(found, groups)
    if isinstance(cv, int):
        shares = [np.bincount(y[test]) for _, test in found]
        assert np.ptp(shares, axis=0).max() <= 8


@pytest.mark.parametrize(
    "cv", [3, GroupKFold(3), StratifiedGroupKFold(3), LeaveOneGroupOut(), KFold(5)], ids=str
)
def test_rows_of_a_fold_group_share_a_fold(cv):
    names = np.array([f"patient {number}" for number in PATIENT], dtype=object)
    found, groups = folds(X, Y, cv, names)
    assert_apart(found, groups)
    assert_apart(found, names)
    assert {str: 60}.get(type(cv), len(found)) == len(found)


def test_folds_of_groups_of_unequal_size_are_stratified():
    size = np.r_[60, 40, 30, np.full(34, 5)]
    patient, y = np.repeat(np.arange(37), size), np.repeat(Y, 1)
    found, _ = folds(X, y, 3, patient)
    assert [abs(len(test) - 100) <= 12 for _, test in found] == [True] * 3
    shares = np.array([np.bincount(y[test], minlength=3) / len(test) for _, test in found])
    assert np.abs(shares - 1 / 3).max() < 0.08


def test_groups_that_the_user_names_take_the_place_of_equal_rows():
    twice, y = np.r_[X, X], np.r_[Y, Y]
    plain = StratifiedKFold(3, shuffle=True, random_state=0).split(twice, y)
    found, _ = folds(twice, y, 3, np.arange(600))
    for (_, test), (_, expected) in zip(found, plain, strict=True):
        np.testing.assert_array_equal(test, expected)


def test_many_copies_are_noted_and_few_are_not():
    with pytest.warns(UserWarning, match=f"300 of 600 {NOTE}.*fold_groups"):
        folds(np.r_[X, X], np.r_[Y, Y])
    folds(np.r_[X, X[:10]], np.r_[Y, Y[:10]])
    folds(np.zeros((300, 2)), Y)


def test_a_splitter_that_needs_groups_says_so():
    for cv in (GroupKFold(3), StratifiedGroupKFold(3), LeaveOneGroupOut()):
        with pytest.raises(ValueError, match=r"needs the groups.*pass fold_groups= to fit"):
            TransitionMatrixEstimator(LogisticRegression(), cv=cv).fit(X, Y)


def test_folds_that_part_copies_are_warned_of():
    lists = list(KFold(3).split(np.r_[X, X]))
    with pytest.warns(UserWarning, match="600 of 600 rows are predicted by.*cv is lists of rows"):
        folds(np.r_[X, X], np.r_[Y, Y], lists)


def test_training_parts_without_a_class_are_warned_of():
    with pytest.warns(UserWarning, match=r"no row of the classes \[0, 1, 2\].*shuffle"):
        folds(X, np.sort(Y), KFold(3))
    folds(X, np.sort(Y), KFold(3, shuffle=True, random_state=0))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.zeros(300), "fold_groups names a single group"),
        (PATIENT[:5], r"fold_groups must hold one name per row of X, 300; got shape \(5,\)"),
        (np.where(PATIENT == 3, np.nan, PATIENT), "fold_groups holds missing names.*of its own"),
    ],
)
def test_fold_groups_that_do_not_fit_are_explained(groups, message):
    with pytest.raises(ValueError, match=message):
        TransitionMatrixEstimator(LogisticRegression()).fit(X, Y, fold_groups=groups)


def test_a_class_of_few_groups_lowers_the_folds():
    patient = np.where(Y == 2, PATIENT % 2, 2 + PATIENT)
    with pytest.warns(UserWarning, match="smallest class, 2, has 2 fold groups: 2 folds are used"):
        found, groups = folds(X, Y, 3, patient)
    assert_apart(found, groups)


# %% Every estimator


class Recorded(LogisticRegression):
    """Refuses to predict rows of groups that it was trained on; the first feature tells them."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = set(np.asarray(X)[:, 0].astype(int) // 5)
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        asked = set(np.asarray(X)[:, 0].astype(int) // 5)
        if len(asked) < 55:  # All rows are asked of a classifier of all rows.
            assert asked.isdisjoint(self.seen_)
        return super().predict_proba(X)


CLASSIFIER = Recorded(max_iter=50)
COUNT = TransitionMatrixEstimator(CLASSIFIER, method="count", random_state=0)
NUMBERED = np.column_stack([np.arange(300), X])
OF_ROW = np.arange(300) // 5
NET = make_net(max_epochs=1)
LABELS = np.column_stack([Y, Y, np.roll(Y, 1)])
quiet = pytest.mark.filterwarnings(
    "ignore:The rows of T for the classes:UserWarning",
    "ignore:T is:UserWarning",
    "ignore:Training ended in a minimum that lost:UserWarning",
    "ignore:lbfgs failed to converge:sklearn.exceptions.ConvergenceWarning",
    "ignore:These labels hardly tell:UserWarning",
)


@quiet
@pytest.mark.parametrize(
    "estimator",
    [
        COUNT,
        GroupTransitionMatrixEstimator(COUNT),
        ForwardCorrectedClassifier(NET, transition_matrix=COUNT, random_state=0),
        ReweightedClassifier(CLASSIFIER, transition_matrix=COUNT),
        ReweightedClassifier(CLASSIFIER, transition_matrix=symmetric_transition_matrix(3, 0.1)),
        NoiseCalibratedClassifier(CLASSIFIER),
        DawidSkene(CLASSIFIER),
        AnnotatorCorrectedClassifier(NET, transition_matrices=DawidSkene(CLASSIFIER)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_no_classifier_is_asked_about_a_group_that_it_has_seen(estimator):
    several = isinstance(estimator, DawidSkene | AnnotatorCorrectedClassifier)
    more = {}
    if isinstance(estimator, GroupTransitionMatrixEstimator):
        more["noise_groups"] = Y
    estimator.fit(NUMBERED, LABELS if several else Y, fold_groups=OF_ROW, **more)


@quiet
def test_the_audit_keeps_groups_together():
    noise_audit(NUMBERED, Y, estimator=CLASSIFIER, fold_groups=OF_ROW, n_bootstrap=2)


@quiet
def test_a_note_is_given_once_in_a_fit():
    twice, twice_y, labels = np.r_[X, X], np.r_[Y, Y], np.r_[LABELS, LABELS]
    plain = LogisticRegression()
    count = TransitionMatrixEstimator(plain, method="count")
    for fit in (
        lambda: DawidSkene(plain).fit(twice, labels),
        lambda: NoiseCalibratedClassifier(plain, transition_matrix=count).fit(twice, twice_y),
        lambda: noise_audit(twice, twice_y, estimator=plain, n_bootstrap=2),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit()
        assert sum(NOTE in str(warning.message) for warning in caught) == 1


@quiet
@pytest.mark.parametrize("request_", [True, "groups"])
def test_fold_groups_are_routed(request_):
    name = "groups" if request_ == "groups" else "fold_groups"
    params = {name: OF_ROW, "groups": OF_ROW}
    with config_context(enable_metadata_routing=True):
        clf = ReweightedClassifier(CLASSIFIER, transition_matrix=COUNT)
        pipe = make_pipeline(StandardScaler(with_mean=False, with_std=False), clf)
        clf.set_fit_request(fold_groups=request_)
        found = cross_validate(pipe, NUMBERED, Y, cv=GroupKFold(2), params=params)
    assert np.isfinite(found["test_score"]).all()


# %% What it is for


def over_sampled(y, rng):
    """All rows, and copies of those of rare labels until each label is as frequent."""
    counts = np.bincount(y)
    more = [rng.choice(np.flatnonzero(y == k), counts.max() - n) for k, n in enumerate(counts)]
    return np.concatenate([np.arange(len(y)), *more])


@copies
@pytest.mark.parametrize("case", ["twice", "bootstrap", "over-sampled", "patients"])
def test_t_of_copies_is_that_of_the_rows(case):
    X, clean = load_digits(n_class=4, return_X_y=True)
    some = np.flatnonzero((clean > 0) | (np.arange(len(clean)) % 3 == 0))
    X, clean, rng = X[some], clean[some], np.random.default_rng(0)
    y = corrupt_labels(clean, pair_flip_transition_matrix(4, 0.3), exact=True, random_state=0)
    rows = {
        "twice": np.tile(np.arange(len(y)), 2),
        "bootstrap": rng.integers(len(y), size=2 * len(y)),
        "over-sampled": over_sampled(y, rng),
        "patients": np.repeat(np.arange(len(y)), 3),
    }[case]
    more, shift = {}, 0.0
    if case == "patients":
        more, shift = {"fold_groups": rows}, rng.normal(scale=0.1, size=(len(rows), 64))
    estimator = TransitionMatrixEstimator(
        ExtraTreesClassifier(30, min_samples_leaf=2), method="count", random_state=0
    )

    def error(rows, shift=0.0, **more):
        T = estimator.fit(X[rows] + shift, y[rows], **more).transition_matrix_
        return np.abs(T - transition_matrix_from_labels(clean[rows], y[rows])).sum(axis=1).mean()

    found = error(rows, shift, **more)
    assert found < 1.5 * error(np.arange(len(y))) + 0.03
    assert found < 0.7 * error(rows, shift, fold_groups=np.arange(len(rows)))
