"""Soft labels are rows repeated for each of their classes, with the shares as weights."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import T3
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneOut,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.multiclass import type_of_target
from torch import nn
from torch.utils.data import TensorDataset

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._soft_labels import is_soft, read_soft_labels
from sknoisy.metrics import make_noise_corrected_scorer
from sknoisy.noise import IndexedRows, corrupt_labels

RNG = np.random.default_rng(0)
N = 120
X = RNG.normal(size=(N, 4))
CLEAN = X[:, :3].argmax(axis=1)
VOTES = np.array([corrupt_labels(CLEAN, T3, random_state=k) for k in range(5)])
Y = np.eye(3)[VOTES].mean(axis=0)
ROWS, LABELS = np.nonzero(Y)
SHARES = Y[ROWS, LABELS]
WEIGHT = RNG.uniform(0.5, 2, size=N)


class Double(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        layers = nn.Linear(n_features, 8), nn.Tanh(), nn.Linear(8, n_classes)
        self.layers = nn.Sequential(*layers).double()

    def forward(self, X):
        return self.layers(X)


FULL = make_net(Double, batch_size=-1, max_epochs=4, lr=0.05)
PYTORCH = make_net(Double, batch_size=-1, max_epochs=4, lr=0.05, criterion=nn.CrossEntropyLoss)
LINEAR = LogisticRegression(tol=1e-12, max_iter=2000)
LEARNERS = {
    "forward": ForwardCorrectedClassifier(FULL, transition_matrix=T3),
    "backward": BackwardCorrectedClassifier(FULL, transition_matrix=T3),
    "gce": RobustLossClassifier(FULL),
    "criterion of PyTorch's": RobustLossClassifier(FULL, loss=nn.CrossEntropyLoss),
    "members, stopped": ForwardCorrectedClassifier(
        FULL, transition_matrix=T3, n_members=2, early_stopping=True
    ),
    # Without its eps, Adam does not see by what constant the losses of some rows are scaled.
    "one network, stopped": RobustLossClassifier(
        clone(PYTORCH).set_params(optimizer__eps=1e-16), early_stopping=True
    ),
    "class weights": ForwardCorrectedClassifier(
        FULL, transition_matrix=T3, class_weight={0: 2, 1: 1, 2: 3}
    ),
    "T by a network": ForwardCorrectedClassifier(
        FULL, transition_matrix=TransitionMatrixEstimator(PYTORCH, method="count")
    ),
    "linear": ReweightedClassifier(LINEAR, transition_matrix=T3, method="projection"),
}


def as_repeated(clf, sample_weight=None, **rows):
    """Fitted to rows that are repeated for each of their labels."""
    weights = SHARES if sample_weight is None else SHARES * sample_weight[ROWS]
    rows = {name: values[ROWS] for name, values in rows.items()}
    return clone(clf).fit(X[ROWS], LABELS, sample_weight=weights, **rows)


def assert_alike(clf, other):
    np.testing.assert_allclose(clf.predict_proba(X), other.predict_proba(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.filterwarnings("ignore:.*copies of another row")
def test_soft_labels_are_repeated_rows_with_weights(name):
    clf = clone(LEARNERS[name]).set_params(random_state=0)
    assert_alike(clone(clf).fit(X, Y), as_repeated(clf))
    with_weights = clone(clf).fit(X, Y, sample_weight=WEIGHT)
    assert_alike(with_weights, as_repeated(clf, sample_weight=WEIGHT))


FIXED_T = TransitionMatrixEstimator(GaussianNB(), method="count", keep_proba=True)
BOOSTING = HistGradientBoostingClassifier(max_iter=3)


@pytest.mark.parametrize("method", ["posterior", "importance", "projection"])
@pytest.mark.parametrize(
    "base",
    [
        DecisionTreeClassifier(),
        RandomForestClassifier(5, bootstrap=False),
        GradientBoostingClassifier(n_estimators=3),
        LINEAR,
    ],
    ids=lambda base: type(base).__name__,
)
@pytest.mark.filterwarnings("ignore:.*copies of another row")
def test_reweighted_classifiers_take_shares_as_weights(method, base):
    clf = ReweightedClassifier(
        base, transition_matrix=FIXED_T, method=method, calibrate=False, random_state=0
    )
    assert_alike(clone(clf).fit(X, Y), as_repeated(clf))
    # Of splits that are as good, rounding chooses, and left-out rows tell these apart.
    clf.set_params(calibrate=True)
    soft, repeated = clone(clf).fit(X, Y), as_repeated(clf)
    gap = np.abs(soft.predict_proba(X) - repeated.predict_proba(X)).max()
    assert gap < (0.05 if method == "posterior" and base is not LINEAR else 1e-7)


@pytest.mark.filterwarnings("ignore:.*copies of another row")
def test_boosting_differs_by_the_rows_of_a_leaf_and_by_single_precision():
    clf = ReweightedClassifier(BOOSTING, transition_matrix=FIXED_T, calibrate=False, random_state=0)

    def gap(**params):
        clf.set_params(**params)
        soft, repeated = clone(clf).fit(X, Y), as_repeated(clf)
        return np.abs(soft.predict_proba(X) - repeated.predict_proba(X)).max()

    # Its gradients are float32. Leaves of 20 rows hold more of them if rows are not repeated.
    assert gap(estimator__min_samples_leaf=1) < 1e-7
    assert gap(estimator__min_samples_leaf=20) > 0.01
    assert gap(method="projection") == 0
    assert gap(method="importance") == 0


@pytest.mark.filterwarnings("ignore:.*rest on fewer than 30")
def test_no_row_is_copied_for_each_of_its_labels():
    seen = []

    class Recorder(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            seen.append(len(X))
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            seen.append(-len(X))
            return super().predict_proba(X)

    clf = ReweightedClassifier(Recorder(), transition_matrix=FIXED_T, random_state=0).fit(X, Y)
    hard = clone(clf).fit(X, CLEAN)
    fits = [n for n in seen if n > 0]
    n_soft, n_hard = fits[: len(fits) // 2], fits[len(fits) // 2 :]
    assert len(n_soft) == 4  # On all rows, and without each fold for the calibration.
    assert 0 < max(n_soft) <= 3 * N
    assert max(n_hard) <= max(n_soft)
    assert clf.transition_matrix_estimator_.classes_.tolist() == hard.classes_.tolist()
    seen.clear()
    TransitionMatrixEstimator(Recorder(), method="count", keep_proba=True).fit(X, Y)
    assert sum(n for n in seen if n < 0) == -N  # Each row is predicted once.


def test_a_network_sees_a_row_once():
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0).fit(X, Y)
    assert clf.history_[-1, "batches", 0, "train_batch_size"] == N


@pytest.mark.parametrize("method", ["auto", "count", "anchor", "confident_joint", "likelihood"])
@pytest.mark.filterwarnings("ignore")  # Of a T by so few rows.
def test_an_estimator_of_T_counts_by_share(method):
    estimator = TransitionMatrixEstimator(
        GaussianNB(), method=method, keep_proba=True, random_state=0
    )
    soft, repeated = clone(estimator).fit(X, Y), as_repeated(estimator)
    np.testing.assert_allclose(soft.transition_matrix_, repeated.transition_matrix_, atol=1e-12)
    np.testing.assert_allclose(soft.n_examples_, repeated.n_examples_)
    assert soft.noisy_proba_.shape == (N, 3)
    assert soft.interval(n_bootstrap=3).shape == (2, 3, 3)
    assert soft.interval(n_bootstrap=2, X=X, y=Y).shape == (2, 3, 3)


@pytest.mark.filterwarnings("ignore")
def test_trusted_rows_and_groups_of_soft_labels():
    trusted = np.where(np.arange(N) < 60, CLEAN, np.nan)
    estimator = TransitionMatrixEstimator(GaussianNB(), method="count", random_state=0)
    soft = clone(estimator).fit(X, Y, y_trusted=trusted)
    assert np.abs(soft.transition_matrix_ - T3).max() < 0.1
    n_trusted = soft.n_examples_ - clone(estimator).fit(X, Y).n_examples_
    np.testing.assert_allclose(n_trusted.sum(), 60)
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0)
    groups = np.arange(N) % 2
    clf.set_params(transition_matrix={0: T3, 1: np.eye(3)})
    assert_alike(clone(clf).fit(X, Y, noise_groups=groups), as_repeated(clf, noise_groups=groups))


@pytest.mark.parametrize("fine_tune_epochs", [0, 2])
@pytest.mark.parametrize("y", [Y, np.repeat([[0.5, 0.5, 0], [0, 0.5, 0.5]], N // 2, axis=0)])
def test_trusted_rows_count_as_much_whether_they_have_soft_labels_or_none(y, fine_tune_epochs):
    clf = ForwardCorrectedClassifier(
        FULL, transition_matrix=T3, fine_tune_epochs=fine_tune_epochs, random_state=0
    )
    among = clone(clf).fit(X, y, y_trusted=np.where(np.arange(N) < 60, CLEAN, np.nan))
    assert_alike(clf.fit(X[60:], y[60:], y_trusted=CLEAN[:60], X_trusted=X[:60]), among)


def test_posteriors_of_left_out_rows_are_kept_for_rows_with_soft_labels():
    weights = np.where(np.arange(N) < 3, 0, WEIGHT)
    clf = clone(LEARNERS["members, stopped"]).set_params(keep_proba=True, random_state=0)
    soft = clone(clf).fit(X, Y, sample_weight=weights).clean_proba_
    assert soft.shape == (N, 3)
    assert np.isnan(soft).all(axis=1).tolist() == (weights == 0).tolist()
    repeated = as_repeated(clf, sample_weight=weights).clean_proba_
    np.testing.assert_allclose(soft[ROWS], repeated, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*rest on fewer than 30")
@pytest.mark.parametrize("cv", [2, KFold(2), LeaveOneOut(), "lists"], ids=str)
def test_no_row_is_on_both_sides_of_a_fold(cv):
    met = []

    class Recorder(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            self.seen_ = set(X[:, 0].tolist())
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            met.append(self.seen_ & set(X[:, 0].tolist()))
            return super().predict_proba(X)

    if cv == "lists":
        halves = np.arange(0, 30, 2), np.arange(1, 30, 2)
        cv = [halves, halves[::-1]]
    estimator = TransitionMatrixEstimator(Recorder(), method="count", cv=cv, random_state=0)
    some = slice(0, 30)
    estimator.fit(X[some], Y[some])
    assert met
    assert not any(met)


def test_one_hot_rows_are_hard_labels():
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0)
    hard = clone(clf).fit(X, VOTES[0]).predict_proba(X)
    for one_hot in (np.eye(3, dtype=bool)[VOTES[0]], sparse.csr_array(np.eye(3)[VOTES[0]])):
        np.testing.assert_array_equal(clone(clf).fit(X, one_hot).predict_proba(X), hard)


def test_columns_of_a_frame_name_the_classes():
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0)
    frame = pd.DataFrame(Y[:, [2, 0, 1]], columns=["c", "a", "b"])
    named = clone(clf).fit(X, frame)
    assert named.classes_.tolist() == ["a", "b", "c"]
    assert_alike(named, clone(clf).fit(X, Y))
    assert named.score(X, frame) == pytest.approx(named.score(X, Y))
    lacking = clone(clf).set_params(classes=["a", "b", "c"])
    assert lacking.fit(X, frame[["a", "b"]].assign(b=1 - frame["a"])).classes_.tolist() == [
        "a",
        "b",
        "c",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        torch.tensor(X),
        sparse.csr_array(X),
        IndexedRows(X, np.arange(N)),
        TensorDataset(torch.tensor(X), torch.tensor(Y)),
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_x_of_any_kind_has_soft_labels(rows):
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0)
    y = None if isinstance(rows, TensorDataset) else torch.tensor(Y)
    assert_alike(clone(clf).fit(rows, y), clone(clf).fit(X, Y))


def test_partial_fit_takes_soft_labels():
    clf = ForwardCorrectedClassifier(FULL, transition_matrix=T3, random_state=0)
    clf.partial_fit(X, Y)
    clf.partial_fit(X[:50], Y[:50])
    assert clf.n_iter_ == 2
    assert clf.classes_.tolist() == [0, 1, 2]


def test_what_scikit_learn_takes_soft_labels_for():
    assert type_of_target(Y) == "continuous-multioutput"
    assert type_of_target(np.eye(3, dtype=int)[CLEAN]) == "multilabel-indicator"
    clf = ReweightedClassifier(
        GaussianNB(), transition_matrix=T3, method="projection", random_state=0
    )
    own, folds = cross_val_score(clf, X, Y, cv=3), KFold(3).split(X)
    scores = [clone(clf).fit(X[a], Y[a]).score(X[b], Y[b]) for a, b in folds]
    np.testing.assert_allclose(own, scores)
    with pytest.raises(ValueError, match="Supported target types"):
        cross_val_score(clf, X, Y, cv=StratifiedKFold(3), error_score="raise")
    stratified = list(StratifiedKFold(3).split(X, Y.argmax(axis=1)))
    search = GridSearchCV(
        clf, {"estimator__var_smoothing": [1e-9, 1.0]}, cv=stratified,
        scoring=make_noise_corrected_scorer("accuracy", T3),
    )  # fmt: skip
    assert 0.4 < search.fit(X, Y).best_score_ < 1.6
    assert cross_val_predict(clf, X, Y).shape == (N,)
    with pytest.raises(ValueError, match="The rows of y must sum to 1"):
        cross_val_predict(clf, X, Y, method="predict_proba")
    with pytest.raises(ValueError, match="mix of continuous-multioutput"):
        cross_val_score(clf, X, Y, scoring="accuracy", error_score="raise")


def changed(row, shares):
    y = Y.copy()
    y[row] = shares
    return y


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (changed(7, [0.5, 0.2, 0.1]), "rows of y must sum to 1.*row 7 sums to 0.8"),
        (changed(7, [0, 0, 0]), "row 7 sums to 0.*without any"),
        (changed(7, [1.5, -0.5, 0]), "shares >= 0.*got -0.5 in row 7"),
        (changed(7, [np.nan, 0.5, 0.5]), "shares >= 0.*got nan in row 7"),
        (changed(7, [np.inf, 0.5, 0.5]), "shares >= 0.*got inf in row 7"),
        (Y * 5, r"Divide votes by their number, y / y.sum"),
        (np.eye(3)[np.zeros(N, int)], "at least 2 classes"),
        (Y[:-1], "inconsistent numbers of samples"),
        (pd.DataFrame(Y, columns=["a", "b", "a"]), "columns of y must be distinct"),
    ],
)
@pytest.mark.parametrize("clf", [LEARNERS["forward"], LEARNERS["linear"]], ids=["net", "linear"])
def test_bad_shares_are_refused_before_training(clf, y, message):
    with pytest.raises(ValueError, match=f"(?i){message}"):
        clone(clf).fit(X, y)


def test_rows_with_weight_must_hold_two_classes():
    y = np.where((np.arange(N) < 60)[:, None], [1.0, 0, 0], Y)
    with pytest.raises(ValueError, match="at least 2 classes"):
        clone(LEARNERS["forward"]).fit(X, y, sample_weight=np.arange(N) < 60)


def test_classes_must_fit_the_columns():
    clf = clone(LEARNERS["forward"])
    with pytest.raises(ValueError, match="one column for each of the classes"):
        clf.set_params(classes=["a", "b"]).fit(X, Y)
    with pytest.raises(ValueError, match="sorted order of the classes"):
        clf.set_params(classes=["c", "a", "b"]).fit(X, Y)
    with pytest.raises(ValueError, match=r"columns \['c'\], which are not among the classes"):
        clf.set_params(classes=["a", "b"]).fit(X, pd.DataFrame(Y, columns=["a", "b", "c"]))


def test_what_knows_one_label_of_a_row_refuses_soft_ones():
    with pytest.raises(ValueError, match="remembers one label of each row"):
        RobustLossClassifier(FULL, loss="early_learning").fit(X, Y)
    with pytest.raises(ValueError, match="callable method does not see the shares"):
        TransitionMatrixEstimator(GaussianNB(), method=lambda proba, y: np.eye(3)).fit(X, Y)
    clf = ReweightedClassifier(NoWeights(), transition_matrix=T3, method="projection")
    with pytest.raises(ValueError, match="does not take sample_weight"):
        clf.fit(X, Y)


class NoWeights(GaussianNB):
    def fit(self, X, y):
        return super().fit(X, y)


def test_balanced_classes_are_as_large_as_their_shares():
    clf = clone(LEARNERS["forward"]).set_params(random_state=0)
    sizes = Y.sum(axis=0)
    by_hand = {k: N / (3 * sizes[k]) for k in range(3)}
    assert_alike(
        clone(clf).set_params(class_weight="balanced").fit(X, Y),
        clone(clf).set_params(class_weight=by_hand).fit(X, Y),
    )


def test_soft_labels_are_tables_of_numbers():
    assert is_soft(Y)
    assert is_soft(Y.tolist())
    assert is_soft(sparse.csr_array(Y))
    assert not is_soft(CLEAN)
    assert not is_soft(CLEAN[:, None])
    assert not is_soft([[0], [0, 1]])
    assert not is_soft(np.array([["a", "b"]]))
    assert not is_soft(None)
    assert not is_soft("labels")
    np.testing.assert_array_equal(read_soft_labels(Y.astype(np.float32)).classes, [0, 1, 2])


def test_a_column_of_any_library_is_not_soft():
    polars = pytest.importorskip("polars")
    y = polars.Series(["a", "b"] * 20)
    assert not is_soft(y)
    X = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    clf = RobustLossClassifier(random_state=0).fit(X, y)
    assert clf.classes_.tolist() == ["a", "b"]
