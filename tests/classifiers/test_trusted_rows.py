"""Trusted labels reach T, the training and the fine-tuning."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import QUICK, T3
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.dataset import ValidSplit
from torch.utils.data import TensorDataset

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._classifiers._trusted_rows import _join_rows, _weighing_more
from sknoisy.callbacks import BestEpoch, CorrectedAccuracy
from sknoisy.noise import IndexedRows, corrupt_labels

CORRECTED = [ForwardCorrectedClassifier, BackwardCorrectedClassifier]
DOUBLE = make_net(module__dtype=torch.float64, max_epochs=3)
# More examples of each of the first two classes carry the label of the other.
SWAP = np.array([[0.25, 0.75, 0.0], [0.75, 0.25, 0.0], [0.0, 0.1, 0.9]])


@pytest.fixture(scope="module")
def swapped():
    rng = np.random.default_rng(0)
    clean = rng.integers(3, size=900)
    X = rng.normal(size=(900, 2)) + 6 * np.array([[0, 0], [1, 0], [0, 1]])[clean]
    names = np.array(["ant", "bee", "cat"])
    return X, names[corrupt_labels(clean, SWAP, random_state=0)], names[clean]


def some(clean, rows):
    labels = np.full(len(clean), None, dtype=object)
    labels[rows] = clean[rows]
    return labels


def one_per_class(clean):
    return some(clean, np.unique(clean, return_index=True)[1])


def weights_of(clf):
    return torch.cat([p.detach().ravel() for p in clf.estimator_.module_.parameters()])


def assert_same(one, other):
    torch.testing.assert_close(weights_of(one), weights_of(other), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("corrected", CORRECTED)
def test_with_all_labels_trusted_training_is_that_on_clean_labels(corrected, blobs):
    X, y, clean = blobs
    plain = RobustLossClassifier(DOUBLE, loss="cross_entropy", random_state=0).fit(X, clean)
    clf = corrected(DOUBLE, transition_matrix=T3, random_state=0)
    assert_same(clf.fit(X, y, y_trusted=clean), plain)


def test_few_trusted_rows_weigh_five_times_and_many_no_more_than_a_part_of_the_others():
    few = _weighing_more(None, np.array([3]), 100)
    assert few[3] == pytest.approx(5 * few[0])
    assert few.mean() == pytest.approx(1)
    many = _weighing_more(None, np.arange(8), 100)
    assert many[:8].sum() == pytest.approx(0.15 * many[8:].sum())
    given = np.linspace(0.5, 1.5, 10)
    np.testing.assert_allclose(_weighing_more(given, np.arange(8), 10), given)


@pytest.mark.parametrize("own_rows", [False, True])
def test_trusted_rows_weigh_more_with_the_default_network_alone(own_rows, monkeypatch):
    def stopped(nets, X, y, sample_weight, **training):
        seen.append(sample_weight)
        raise InterruptedError

    monkeypatch.setattr("sknoisy._classifiers._net_classifier.fit_likeliest", stopped)
    X, y, seen = np.random.default_rng(0).normal(size=(100, 3)), np.arange(100) % 2, []
    trusted = {"y_trusted": some(y, [0, 1])}
    if own_rows:
        trusted = {"y_trusted": y[:2], "X_trusted": X[:2]}
    for estimator in (None, make_net()):
        clf = ForwardCorrectedClassifier(estimator, transition_matrix=[[0.8, 0.2], [0.2, 0.8]])
        with pytest.raises(InterruptedError):
            clf.fit(X, y, **trusted)
    assert seen[0].max() == pytest.approx(5 * seen[0].min())
    assert seen[1] is None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("corrected", CORRECTED)
def test_trusted_rows_of_their_own_are_as_good_as_rows_of_x(corrected, weighted, blobs):
    X, y, clean = blobs
    kwargs = {"transition_matrix": T3, "random_state": 0}
    weights = np.r_[np.tile([0.5, 1.5], 150), np.ones(100)] if weighted else None
    inside = corrected(DOUBLE, **kwargs)
    inside.fit(X, y, weights, y_trusted=some(clean, np.arange(300, 400)))
    apart = corrected(DOUBLE, **kwargs)
    first = None if weights is None else weights[:300]
    apart.fit(X[:300], y[:300], first, y_trusted=clean[300:], X_trusted=X[300:])
    assert_same(inside, apart)


def test_one_trusted_label_per_class_settles_which_class_is_which(swapped):
    X, y, clean = swapped
    net = make_net(max_epochs=15, lr=1e-2)
    estimate = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
    clf = ForwardCorrectedClassifier(net, transition_matrix=estimate, random_state=0)
    assert clf.fit(X, y).score(X, clean) < 0.5
    assert clf.fit(X, y, y_trusted=one_per_class(clean)).score(X, clean) > 0.9
    rows = np.unique(clean, return_index=True)[1]
    assert clf.fit(X, y, y_trusted=clean[rows], X_trusted=X[rows]).score(X, clean) > 0.9


def test_rows_of_weight_zero_keep_trusted_labels_aligned(blobs):
    X, y, clean = blobs
    trusted = some(clean, np.arange(50, 250))
    clf = ForwardCorrectedClassifier(DOUBLE, transition_matrix=T3, random_state=0)
    weights = np.r_[np.zeros(100), np.ones(300)]
    weighted = weights_of(clf.fit(X, y, weights, y_trusted=trusted))
    alone = weights_of(clf.fit(X[100:], y[100:], y_trusted=trusted[100:]))
    torch.testing.assert_close(weighted, alone, rtol=1e-10, atol=1e-12)


def test_estimators_of_t_that_take_no_trusted_labels_are_not_given_any(blobs):
    X, y, clean = blobs

    class Known(BaseEstimator):
        def fit(self, X, y):
            self.transition_matrix_ = T3
            return self

    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=Known(), random_state=0)
    assert clf.fit(X, y, y_trusted=clean).score(X, clean) > 0.8


def test_cache_knows_trusted_labels(blobs, tmp_path):
    X, y, clean = blobs
    estimate = TransitionMatrixEstimator(LogisticRegression(), cv=2)
    clf = ForwardCorrectedClassifier(
        QUICK, transition_matrix=estimate, memory=str(tmp_path), random_state=0
    )
    without = clf.fit(X, y).transition_matrix_
    with_them = clf.fit(X, y, y_trusted=clean).transition_matrix_
    assert not np.allclose(without, with_them)
    np.testing.assert_array_equal(with_them, clf.fit(X, y, y_trusted=clean).transition_matrix_)


# %% Fine-tuning


@pytest.mark.parametrize("corrected", CORRECTED)
def test_fine_tuning_goes_on_with_the_trusted_rows(corrected, blobs):
    X, y, clean = blobs
    trusted = some(clean, np.arange(200))
    split = ValidSplit(0.2, stratified=True, random_state=0)
    net = make_net(max_epochs=3, train_split=split, callbacks=[CorrectedAccuracy(), BestEpoch()])
    settings = {"transition_matrix": T3, "random_state": 0}
    before = corrected(net, **settings).fit(X, y, y_trusted=trusted)
    tuned = corrected(net, fine_tune_epochs=30, fine_tune_lr_factor=2.0, **settings)
    tuned.fit(X, y, y_trusted=trusted)
    assert tuned.n_iter_ == len(tuned.history_) == 3 + 30
    assert tuned.score(X[:200], clean[:200]) > before.score(X[:200], clean[:200])
    assert tuned.estimator_.train_split.cv == 0.2
    assert tuned.estimator_.optimizer_.param_groups[0]["lr"] == net.lr


def test_fine_tuning_with_a_tiny_step_changes_next_to_nothing(blobs):
    X, y, clean = blobs
    settings = {"transition_matrix": T3, "random_state": 0}
    before = ForwardCorrectedClassifier(DOUBLE, **settings)
    tuned = ForwardCorrectedClassifier(
        DOUBLE, fine_tune_epochs=1, fine_tune_lr_factor=1e-9, **settings
    )
    before.fit(X, y, y_trusted=clean[:9], X_trusted=X[:9])
    tuned.fit(X, y, y_trusted=clean[:9], X_trusted=X[:9])
    torch.testing.assert_close(weights_of(tuned), weights_of(before), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fine_tune_epochs": -1}, "fine_tune_epochs must be at least 0; got -1"),
        ({"fine_tune_epochs": 1.5}, "fine_tune_epochs must be an integer; got 1.5"),
        ({"fine_tune_lr_factor": 0}, r"fine_tune_lr_factor must be in \(0, inf\); got 0"),
        ({"fine_tune_lr_factor": "low"}, "fine_tune_lr_factor must be a number.*got 'low'"),
        ({"fine_tune_epochs": 2}, "fine_tune_epochs=2 needs clean labels: pass y_trusted"),
    ],
)
def test_unusable_fine_tuning_is_refused(settings, message, blobs):
    X, y, _ = blobs
    y_trusted = None if "needs" in message else y
    with pytest.raises((TypeError, ValueError), match=message):
        ForwardCorrectedClassifier(transition_matrix=T3, **settings).fit(X, y, y_trusted=y_trusted)


def test_trusted_rows_without_labels_are_refused(blobs):
    X, y, _ = blobs
    with pytest.raises(ValueError, match="X_trusted needs the clean labels"):
        ForwardCorrectedClassifier(transition_matrix=T3).fit(X, y, X_trusted=X[:3])


# %% Routing


def test_trusted_labels_are_routed_through_pipelines_and_searches(swapped):
    X, y, clean = swapped
    with config_context(enable_metadata_routing=True):
        estimate = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
        clf = ForwardCorrectedClassifier(QUICK, transition_matrix=estimate, random_state=0)
        pipeline = make_pipeline(StandardScaler(), clf.set_fit_request(y_trusted=True))
        pipeline.fit(X, y, y_trusted=clean)
        grid = GridSearchCV(pipeline, {"forwardcorrectedclassifier__warm_up": [1, 2]}, cv=2)
        grid.fit(X, y, y_trusted=clean)
    for fitted in (pipeline, grid.best_estimator_):
        assert fitted.score(X, clean) > 0.9
        assert np.abs(fitted[-1].transition_matrix_ - SWAP).sum(axis=1).mean() < 0.1


def test_trusted_rows_go_through_the_earlier_steps(swapped):
    X, y, clean = swapped
    rows = np.unique(clean, return_index=True)[1]
    with config_context(enable_metadata_routing=True):
        estimate = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
        clf = ForwardCorrectedClassifier(QUICK, transition_matrix=estimate, random_state=0)
        clf.set_fit_request(y_trusted=True, X_trusted=True)
        steps = [("scale", StandardScaler()), ("clf", clf)]
        pipeline = Pipeline(steps, transform_input=["X_trusted"])
        pipeline.fit(1000 * X, y, y_trusted=clean[rows], X_trusted=1000 * X[rows])
    assert np.abs(pipeline[-1].transition_matrix_ - SWAP).sum(axis=1).mean() < 0.2


# %% Rows of any kind

A, B = np.arange(6.0).reshape(3, 2), np.array([[9.0, 8.0]])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_rows_are_joined_as_what_they_are(kind):
    joined = _join_rows(kind(A), kind(B))
    dense = joined.toarray() if sparse.issparse(joined) else joined
    np.testing.assert_array_equal(dense, np.concatenate([A, B]))


def test_what_does_not_lie_in_memory_is_not_read(tmp_path):
    np.save(tmp_path / "A.npy", A)
    stored = np.load(tmp_path / "A.npy", mmap_mode="r")
    for rows in (stored, IndexedRows(A, [0, 1, 2])):
        joined = _join_rows(rows, B)
        assert isinstance(joined, IndexedRows)
        np.testing.assert_array_equal(joined.to_numpy(), np.concatenate([A, B]))


def test_datasets_are_joined_with_datasets_only(blobs):
    X, y, clean = blobs
    X = torch.from_numpy(X)
    data, more = TensorDataset(X, torch.from_numpy(y)), TensorDataset(X[:50])
    net = make_net(max_epochs=5, lr=3e-3, module__n_features=8)
    clf = ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0)
    clf.fit(data, y, y_trusted=clean[:50], X_trusted=more)
    assert clf.score(X.numpy(), clean) > 0.8
    with pytest.raises(TypeError, match="X_trusted must be a Dataset if X is one"):
        clf.fit(data, y, y_trusted=clean[:50], X_trusted=X[:50].numpy())


def test_frames_may_hold_the_trusted_rows(blobs):
    X, y, clean = blobs
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0)
    clf.fit(frame, y, y_trusted=clean[:9], X_trusted=frame[:9])
    assert list(clf.feature_names_in_) == list("abcdefgh")


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
@pytest.mark.parametrize("epochs", [0, 2])
def test_a_fold_of_a_search_without_trusted_labels_fits_without(epochs, swapped):
    X, y, clean = (rows[:300] for rows in swapped)
    trusted = np.where(np.arange(300) < 30, clean, None)
    T = TransitionMatrixEstimator(LogisticRegression(), method="count")
    clf = ForwardCorrectedClassifier(
        make_net(max_epochs=1), transition_matrix=T, fine_tune_epochs=epochs, random_state=0
    )
    grid = GridSearchCV(clf, {"warm_up": [0, 1]}, cv=KFold(2), error_score="raise")
    with pytest.warns(UserWarning, match="y_trusted holds no label for the 150 rows"):
        grid.fit(X, y, y_trusted=trusted)
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()


def test_trusted_rows_join_rows_that_have_fold_groups(swapped):
    X, _, clean = swapped
    T = np.full((3, 3), 0.1) + 0.7 * np.eye(3)
    y = corrupt_labels(clean, T, random_state=0)
    clf = ForwardCorrectedClassifier(transition_matrix=T, early_stopping=True, random_state=0)
    clf.fit(
        X[:600],
        y[:600],
        y_trusted=clean[600:],
        X_trusted=X[600:],
        fold_groups=np.arange(600) // 2,
    )
    assert clf.score(X, clean) > 0.9
