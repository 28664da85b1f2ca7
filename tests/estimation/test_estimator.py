"""T from any classifier, out of fold, as a step that passes X through."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_blobs, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from sknoisy import TransitionMatrixEstimator, _carrier, make_net
from sknoisy._transition import METHODS, estimate
from sknoisy._validation import validate_training_set
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.3)
LOGISTIC = LogisticRegression(max_iter=500)


@pytest.fixture(scope="module")
def blobs():
    X, y = make_classification(
        1500, 8, n_informative=6, n_classes=3, n_clusters_per_class=1, class_sep=2, random_state=0
    )
    return X, np.array(["red", "green", "blue"])[corrupt_labels(y, T, random_state=0)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "estimator",
    [
        None,
        make_net(max_epochs=10),
        LOGISTIC,
        RandomForestClassifier(50, min_samples_leaf=5),
        HistGradientBoostingClassifier(max_iter=20),
    ],
    ids=["default", "net", "logistic", "forest", "boosting"],
)
def test_any_classifier_serves_any_method(estimator, method, blobs):
    found = TransitionMatrixEstimator(estimator, method=method, random_state=0).fit(*blobs)
    np.testing.assert_allclose(found.transition_matrix_.sum(axis=1), 1)
    assert found.classes_.tolist() == ["blue", "green", "red"]
    assert len(found.histories_) in (0, 3)
    if method != "anchor":  # Anchors are as good as the posterior is calibrated.
        assert np.abs(found.transition_matrix_ - T).sum(axis=1).mean() < 0.3
        assert abs(found.noise_rate_ - 0.3) < 0.15


def test_class_named_but_absent_keeps_its_row(blobs):
    X, y = blobs
    found = TransitionMatrixEstimator(LOGISTIC, classes=["blue", "green", "red", "white"])
    found.fit(X, y)
    np.testing.assert_array_equal(found.transition_matrix_[:3, 3], 0)
    assert found.transition_matrix_.shape == (4, 4)


def test_unlabelled_rows_serve_as_the_sample_for_anchors(blobs):
    X, y = blobs
    estimator = TransitionMatrixEstimator(LOGISTIC, method="anchor", quantile="argmax")
    alone = estimator.fit(X, y).transition_matrix_
    helped = estimator.fit(X, y, X_unlabelled=X * 10).transition_matrix_
    # Ten times as far out the classifier is surer of every class.
    assert (helped.diagonal() > alone.diagonal()).all()


def test_unlabelled_rows_cannot_be_counted(blobs):
    with pytest.raises(ValueError, match='serves method="anchor" only'):
        TransitionMatrixEstimator(LOGISTIC).fit(*blobs, X_unlabelled=blobs[0])


def test_callable_method_is_called(blobs):
    found = TransitionMatrixEstimator(LOGISTIC, method=lambda proba, y: np.eye(3)).fit(*blobs)
    np.testing.assert_array_equal(found.transition_matrix_, np.eye(3))
    assert found.noise_rate_ == 0


def test_sample_weight_reaches_classifier_and_counts(blobs):
    X, y = blobs
    weight = np.where(y == "red", 5.0, 1.0)
    plain = TransitionMatrixEstimator(LOGISTIC, random_state=0).fit(X, y)
    weighted = TransitionMatrixEstimator(LOGISTIC, random_state=0).fit(X, y, weight)
    assert (weighted.transition_matrix_[:, 2] >= plain.transition_matrix_[:, 2]).all()
    with pytest.raises(ValueError, match="KNeighborsClassifier does not take sample_weight"):
        TransitionMatrixEstimator(KNeighborsClassifier()).fit(X, y, weight)


def test_sample_weight_reaches_the_likelihood(blobs):
    X, y = blobs
    weight = np.random.default_rng(0).uniform(0.1, 2, size=len(y))
    fitted = TransitionMatrixEstimator(
        LOGISTIC, method="likelihood", keep_proba=True, random_state=0
    )
    fitted.fit(X, y, weight)
    codes = np.searchsorted(fitted.classes_, y)
    expected = estimate(fitted.noisy_proba_, codes, method="likelihood", sample_weight=weight)
    np.testing.assert_array_equal(fitted.transition_matrix_, expected.transition_matrix)


def test_validated_rows_need_not_be_validated_again(blobs, monkeypatch):
    X, y = blobs
    params = {"method": "count", "random_state": 0}
    fitted = TransitionMatrixEstimator(LOGISTIC, **params).fit(X, y)
    data = validate_training_set(LogisticRegression(), X, y)
    for name in ("validate_training_set", "validate_rows", "read_trusted_labels"):
        monkeypatch.delattr(f"sknoisy._estimation._estimator.{name}")
    again = TransitionMatrixEstimator(LOGISTIC, **params).fit_validated(data)
    np.testing.assert_array_equal(again.transition_matrix_, fitted.transition_matrix_)
    assert again.n_features_in_ == 8


def test_a_fit_that_fails_leaves_what_was_fitted(blobs):
    X, y = blobs
    estimator = TransitionMatrixEstimator(LOGISTIC, method="count", random_state=0).fit(X, y)
    before = vars(estimator).copy()
    estimator.method = lambda proba, y: 1 / 0
    with pytest.raises(ZeroDivisionError):
        estimator.fit(X[:900], np.where(y == "red", "yellow", y)[:900])
    estimator.method = "count"
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is before[name] for name in before if name.endswith("_"))


def test_random_state_fixes_folds_and_classifiers(blobs):
    estimator = TransitionMatrixEstimator(RandomForestClassifier(10), random_state=1)
    first = estimator.fit(*blobs).transition_matrix_
    np.testing.assert_array_equal(estimator.fit(*blobs).transition_matrix_, first)


# %% The transformer


@pytest.mark.parametrize(
    "container",
    [np.asarray, sparse.csr_array, pd.DataFrame, lambda X: pl.DataFrame(X)],
    ids=["array", "sparse", "pandas", "polars"],
)
def test_transform_passes_rows_through_with_the_tag(container, blobs):
    X, y = blobs
    X = container(X)
    passed = TransitionMatrixEstimator(LOGISTIC).fit_transform(X, y)
    assert isinstance(passed, type(X))
    assert _carrier.read(passed).classes.tolist() == ["blue", "green", "red"]
    assert _carrier.read(X) is None


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_set_output_chooses_the_container(output, blobs):
    X, y = blobs
    estimator = TransitionMatrixEstimator(LOGISTIC).set_output(transform=output)
    passed = estimator.fit_transform(X, y)
    assert type(passed).__module__.startswith(("sknoisy", output))
    assert list(passed.columns) == list(estimator.get_feature_names_out())
    assert _carrier.read(passed) is not None


def test_feature_names_go_through(blobs):
    X, y = blobs
    names = [f"f{i}" for i in range(8)]
    estimator = TransitionMatrixEstimator(LOGISTIC).fit(pd.DataFrame(X, columns=names), y)
    assert estimator.get_feature_names_out().tolist() == names


# %% Bad input


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"method": "magic"}, ValueError, "method must be one of"),
        ({"method": "anchor", "quantile": 0.0}, ValueError, r"inside \(0, 1\); got 0.0"),
        ({"method": "anchor", "quantile": 1}, ValueError, r"inside \(0, 1\); got 1"),
        ({"method": "anchor", "quantile": None}, ValueError, "quantile must be.*got None"),
        ({"method": "anchor", "quantile": "max"}, ValueError, "quantile must be"),
        ({"cv": 1}, ValueError, "cv must be at least 2 folds, or None"),
        ({"cv": "loo"}, ValueError, "number of folds, a splitter.*got 'loo'"),
        ({"cv": 2.5}, ValueError, "number of folds, a splitter.*got 2.5"),
        ({"cv": [(np.arange(10, 20), np.arange(10))]}, ValueError, "exactly one test fold"),
        ({"estimator": nn.Linear(2, 2)}, TypeError, "must be a class, not an instance"),
        ({"estimator": nn.Linear}, TypeError, "module__<argument>"),
        ({"estimator": FrozenEstimator(LOGISTIC)}, NotFittedError, "not fitted yet"),
        ({"estimator": "forest"}, TypeError, "classifier with predict_proba"),
        ({"device": "cuda:99"}, ValueError, "cuda"),
    ],
)
def test_unusable_parameters_are_refused(params, error, message, blobs):
    with pytest.raises(error, match=message):
        TransitionMatrixEstimator().set_params(**params).fit(*blobs)


def test_transform_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        TransitionMatrixEstimator().transform(np.zeros((2, 2)))


# %% Uncertainty


def test_what_t_rests_on_is_told(blobs):
    found = TransitionMatrixEstimator(LOGISTIC).fit(*blobs)
    assert (found.n_examples_ > 50).all()
    np.testing.assert_allclose(found.condition_number_, np.linalg.cond(found.transition_matrix_))
    assert min(found.losses_, key=found.losses_.get).startswith(("share", "start"))


def test_rows_on_few_examples_are_warned_of(blobs):
    X, y = blobs
    with pytest.warns(UserWarning, match="rest on fewer than 30 examples"):
        TransitionMatrixEstimator(LOGISTIC, method="confident_joint", random_state=0).fit(
            X[:60], y[:60]
        )


def test_structure_is_respected(blobs):
    found = TransitionMatrixEstimator(LOGISTIC, structure="symmetric").fit(*blobs)
    np.testing.assert_allclose(np.ptp(found.transition_matrix_.diagonal()), 0, atol=1e-9)
    assert np.abs(found.transition_matrix_ - T).sum(axis=1).mean() < 0.1
    with pytest.raises(ValueError, match="noise must be one of"):
        TransitionMatrixEstimator(LOGISTIC, structure="pair").fit(*blobs)


def test_few_trusted_labels_do_not_scatter_a_good_estimate():
    T = symmetric_transition_matrix(4, 0.3)
    X, clean = make_blobs(2000, centers=4, n_features=3, random_state=0)
    y = corrupt_labels(clean, T, random_state=0)
    trusted = np.full(2000, np.nan)
    trusted[:60] = clean[:60]
    estimator = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
    alone = np.abs(estimator.fit(X, y).transition_matrix_ - T).sum(axis=1).mean()
    helped = np.abs(estimator.fit(X, y, y_trusted=trusted).transition_matrix_ - T)
    assert helped.sum(axis=1).mean() < alone + 0.02


@pytest.mark.parametrize("cv", [3, None])
@pytest.mark.parametrize(
    "estimator",
    [make_net(max_epochs=3), LOGISTIC, RandomForestClassifier(20, random_state=0)],
    ids=["net", "logistic", "forest"],
)
def test_one_pass_gives_the_same_t_and_keeps_no_posteriors(estimator, cv, blobs):
    X, y = blobs
    weight = np.random.RandomState(0).randint(0, 3, len(y))
    params = {"method": "count", "cv": cv, "random_state": 0}
    kept = TransitionMatrixEstimator(estimator, keep_proba=True, **params).fit(X, y, weight)
    streamed = TransitionMatrixEstimator(estimator, **params).fit(X, y, weight)
    np.testing.assert_allclose(streamed.transition_matrix_, kept.transition_matrix_, rtol=1e-12)
    np.testing.assert_allclose(streamed.n_examples_, kept.n_examples_)
    assert not hasattr(streamed, "noisy_proba_")
    width, wide = (np.diff(found.interval(), axis=0) for found in (streamed, kept))
    assert 0.7 * wide.mean() <= width.mean() <= 1.4 * wide.mean()


def test_a_second_fit_forgets_the_posteriors_of_the_first(blobs):
    estimator = TransitionMatrixEstimator(LOGISTIC, method="count", keep_proba=True).fit(*blobs)
    assert hasattr(estimator, "noisy_proba_")
    assert not hasattr(estimator.set_params(keep_proba=False).fit(*blobs), "noisy_proba_")


class Remainder(ClassifierMixin, BaseEstimator):
    """Sure that a row is of the class that its number leaves over."""

    classes_ = np.arange(50)

    def fit(self, X, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, X):
        return np.eye(50)[X[:, 0] % 50]


def test_the_posteriors_never_exist_as_a_whole():
    X = np.arange(200_000).reshape(-1, 1)
    estimator = TransitionMatrixEstimator(FrozenEstimator(Remainder()), method="count")
    tracemalloc.start()
    try:
        estimator.fit(X, X[:, 0] % 50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.3 * 8 * 200_000 * 50
    np.testing.assert_allclose(estimator.transition_matrix_, np.eye(50))


def test_an_interval_that_would_need_the_posteriors_says_what_to_keep(blobs):
    estimator = TransitionMatrixEstimator(LOGISTIC, method=lambda proba, y: np.eye(3))
    with pytest.raises(ValueError, match="keep_proba=True, or pass X and y"):
        estimator.fit(*blobs).interval()
    lower, upper = estimator.set_params(keep_proba=True).fit(*blobs).interval(n_bootstrap=2)
    assert (lower <= upper).all()


def test_the_interval_of_a_class_without_labels_stays_at_its_row_of_the_identity():
    rng = np.random.default_rng(0)
    y = 2 * (np.arange(400) % 2)
    X = rng.normal(size=(400, 3)) + y[:, None]
    noisy = np.where(rng.random(400) < 0.2, 2 - y, y)
    estimator = TransitionMatrixEstimator(GaussianNB(), classes=[0, 1, 2], random_state=0)
    lower, upper = estimator.fit(X, noisy).interval(n_bootstrap=5)
    for limits in (lower, upper):
        np.testing.assert_array_equal(limits[1], [0, 1, 0])
        np.testing.assert_array_equal(limits[:, 1], [0, 1, 0])
    assert upper[0, 2] > lower[0, 2]


def test_an_interval_for_labels_alone_is_refused():
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    estimator = TransitionMatrixEstimator(GaussianNB(), method="count").fit(X, y)
    with pytest.raises(ValueError, match=r"interval\(y=...\) needs X too"):
        estimator.interval(y=y)


@pytest.mark.parametrize("keep", [False, True])
def test_the_classifiers_of_the_folds_are_kept_if_asked(keep, blobs):
    estimator = TransitionMatrixEstimator(LOGISTIC, method="count", keep_estimators=keep)
    assert hasattr(estimator.fit(*blobs), "estimators_") == keep
