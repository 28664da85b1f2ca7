"""Trusted labels come in many forms, and settle what noisy ones leave open."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import TransitionMatrixEstimator
from sknoisy._estimation import TrustedLabels, read_trusted_labels
from sknoisy._validation import validate_training_set
from sknoisy.noise import corrupt_labels

# More examples of each of the first two classes carry the label of the other.
T = np.array([[0.4, 0.6, 0.0], [0.6, 0.4, 0.0], [0.0, 0.1, 0.9]])
CLASSES = np.array(["ant", "bee", "cat"])


@pytest.fixture(scope="module")
def swapped():
    rng = np.random.default_rng(0)
    clean = rng.integers(3, size=1500)
    X = rng.normal(size=(1500, 2)) + 6 * np.array([[0, 0], [1, 0], [0, 1]])[clean]
    return X, CLASSES[corrupt_labels(clean, T, random_state=0)], CLASSES[clean]


def fitted(X, y, **trusted):
    return TransitionMatrixEstimator(LogisticRegression(), random_state=0).fit(X, y, **trusted)


def one_per_class(clean, missing):
    labels = np.full(len(clean), missing, dtype=object)
    first = [np.flatnonzero(clean == label)[0] for label in CLASSES]
    labels[first] = clean[first]
    return labels


def test_without_trusted_labels_the_names_are_those_of_most_labels(swapped):
    X, y, _ = swapped
    found = fitted(X, y).transition_matrix_
    assert np.abs(found[[1, 0, 2]] - T).sum(axis=1).mean() < 0.15


def test_t_that_cannot_be_named_is_warned_of_until_labels_are_trusted(swapped):
    X, _, clean = swapped
    chain = np.array([[0.4, 0.6, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]])
    y = corrupt_labels(clean, chain, random_state=0)
    with pytest.warns(UserWarning, match="T is not diagonally dominant.*y_trusted"):
        fitted(X, y)
    found = fitted(X, y, y_trusted=one_per_class(clean, None))
    assert np.abs(found.transition_matrix_ - chain).sum(axis=1).mean() < 0.15


@pytest.mark.parametrize("apart", [False, True])
def test_the_classifier_that_is_asked_has_not_seen_the_trusted_rows(apart, swapped, monkeypatch):
    X, y, clean = swapped
    monkeypatch.setattr("sknoisy._transition._trusted_update.order_is_doubtful", lambda *args: True)
    seen = []

    class Recorded(LogisticRegression):
        def fit(self, X, y):
            seen.append(X)
            return super().fit(X, y)

    first = [np.flatnonzero(clean == label)[0] for label in CLASSES]
    trusted = {"y_trusted": one_per_class(clean, None)}
    if apart:
        trusted = {"y_trusted": clean[first], "X_trusted": X[first]}
    found = TransitionMatrixEstimator(Recorded(), cv=2, random_state=0).fit(X, y, **trusted)
    assert np.abs(found.transition_matrix_ - T).sum(axis=1).mean() < 0.15
    assert [len(rows) for rows in seen] == [750, 750, 1500 if apart else 1497]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=repr)
def test_one_trusted_label_per_class_settles_the_names(missing, swapped):
    X, y, clean = swapped
    found = fitted(X, y, y_trusted=one_per_class(clean, missing))
    assert np.abs(found.transition_matrix_ - T).sum(axis=1).mean() < 0.15


def test_trusted_rows_may_come_apart(swapped):
    X, y, clean = swapped
    first = [np.flatnonzero(clean == label)[0] for label in CLASSES]
    found = fitted(X, y, X_trusted=X[first], y_trusted=clean[first])
    assert np.abs(found.transition_matrix_ - T).sum(axis=1).mean() < 0.15


def test_all_labels_trusted_gives_counts(swapped):
    X, y, clean = swapped
    found = fitted(X, y, y_trusted=clean)
    counted = pd.crosstab(clean, y, normalize="index").to_numpy()
    np.testing.assert_allclose(found.transition_matrix_, counted, atol=0.03)
    np.testing.assert_allclose(found.n_examples_, pd.Series(clean).value_counts()[CLASSES])


def test_rows_of_weight_zero_keep_trusted_labels_aligned(swapped):
    X, y, clean = swapped
    weight = np.r_[np.zeros(300), np.ones(1200)]
    weighted = fitted(X, y, sample_weight=weight, y_trusted=clean)
    alone = fitted(X[300:], y[300:], y_trusted=clean[300:])
    np.testing.assert_allclose(weighted.transition_matrix_, alone.transition_matrix_)


def test_trusted_rows_have_dirichlet_limits(swapped):
    X, y, clean = swapped
    wide = fitted(X, y, y_trusted=one_per_class(clean, None)).interval(n_bootstrap=3)
    narrow = fitted(X, y, y_trusted=clean).interval(n_bootstrap=3)
    assert (narrow[1] - narrow[0]).mean() < (wide[1] - wide[0]).mean()
    assert ((narrow[0] <= T) & (T <= narrow[1])).mean() > 0.75


def test_structure_still_holds_with_trusted_labels(swapped):
    X, y, clean = swapped
    estimator = TransitionMatrixEstimator(
        LogisticRegression(), structure={"zeros": T == 0}, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = estimator.fit(X, y, y_trusted=clean).transition_matrix_
    np.testing.assert_array_equal(found[T == 0], 0)


def test_trusted_labels_are_routed(swapped):
    X, y, clean = swapped
    with config_context(enable_metadata_routing=True):
        estimator = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
        pipeline = make_pipeline(StandardScaler(), estimator.set_fit_request(y_trusted=True))
        pipeline.fit(X, y, y_trusted=clean)
    counts = pd.Series(clean).value_counts()[CLASSES]
    np.testing.assert_allclose(pipeline[-1].n_examples_, counts)


def read(y_trusted, X_trusted=None, weight=None):
    X, estimator = np.arange(6.0).reshape(3, 2), TransitionMatrixEstimator()
    data = validate_training_set(estimator, X, ["ant", "bee", "ant"], weight, classes=CLASSES)
    return read_trusted_labels(estimator, data, y_trusted, X_trusted)


def test_labels_of_rows_of_weight_zero_are_left_out():
    labels = read(["ant", None, "cat"], weight=[0, 1, 1])
    np.testing.assert_array_equal(labels.codes, [-1, 2])
    np.testing.assert_array_equal(labels.known, [1])
    assert read(None) is None


@pytest.mark.parametrize(
    "passed",
    [
        {"y_trusted": ["ant", None, None], "weight": [0, 1, 1]},
        {"y_trusted": [None, np.nan, pd.NA]},
        {"y_trusted": [None], "X_trusted": [[1.0, 2.0]]},
    ],
)
def test_labels_that_are_all_missing_are_none_with_a_warning(passed):
    with pytest.warns(UserWarning, match="goes on without trusted labels"):
        assert read(**passed) is None


def test_rows_go_with_their_labels():
    X = np.arange(3)[:, None]
    rows, codes = TrustedLabels(np.array([2, -1, 0])).rows(X)
    np.testing.assert_array_equal(rows, [[0], [2]])
    np.testing.assert_array_equal(codes, [2, 0])
    rows, _ = read(["bee", None], [[7.0, 8], [9, 10]]).rows(X)
    np.testing.assert_array_equal(rows, [[7, 8]])


@pytest.mark.parametrize(
    ("labels", "X_trusted", "message"),
    [
        (["ant"], None, "one label per row of X, 3, missing ones as NaN or None; got shape"),
        (["ant"], np.ones((2, 2)), "one label per row of X_trusted, 2"),
        (["ant", "dog", None], None, "'dog', which is not among"),
        (["ant"], np.ones((1, 3)), "3 features"),
    ],
)
def test_unusable_trusted_labels_are_refused(labels, X_trusted, message):
    with pytest.raises(ValueError, match=message):
        read(labels, X_trusted)


def test_trusted_rows_without_labels_are_refused(swapped):
    X, y, _ = swapped
    with pytest.raises(ValueError, match="X_trusted needs the clean labels"):
        fitted(X, y, X_trusted=X[:3])


def test_clean_labels_that_the_structure_rules_out_are_refused(swapped):
    X, y, clean = swapped
    estimator = TransitionMatrixEstimator(
        LogisticRegression(), structure={"groups": ["insect", "insect", "mammal"]}, random_state=0
    )
    wrong = int(((clean == "cat") & (y == "bee")).sum())
    message = f"contradicts the structure in {wrong} of 1500 rows.*of cat is labelled bee"
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y, y_trusted=clean)
    known = np.where((clean == "cat") & (y == "bee"), None, clean)
    assert estimator.fit(X, y, y_trusted=known).transition_matrix_[2, 1] == 0


def test_a_known_noise_rate_is_kept_beside_trusted_labels(swapped):
    X, y, clean = swapped
    known = np.full(len(y), None, dtype=object)
    known[:300] = clean[:300]
    free = fitted(X, y, y_trusted=known)
    assert abs(free.noise_rate_ - 0.1) > 0.02
    estimator = TransitionMatrixEstimator(
        LogisticRegression(), structure={"noise_rate": 0.1}, random_state=0
    )
    assert estimator.fit(X, y, y_trusted=known).noise_rate_ == pytest.approx(0.1)


def test_a_trusted_row_of_weight_two_is_two_examples(swapped):
    X, y, clean = swapped
    found = fitted(X, y, y_trusted=clean, sample_weight=np.full(len(y), 2.0))
    counts = pd.Series(clean).value_counts()[CLASSES]
    np.testing.assert_allclose(found.n_examples_, 2 * counts)
