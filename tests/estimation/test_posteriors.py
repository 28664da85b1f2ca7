"""Posteriors of a row come from a classifier that has not seen it."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from sknoisy import ReweightedClassifier, TransitionMatrixEstimator, make_net
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.3)
LOGISTIC = LogisticRegression(max_iter=500)


@pytest.fixture(scope="module")
def blobs():
    X, y = make_classification(
        1500, 8, n_informative=6, n_classes=3, n_clusters_per_class=1, class_sep=2, random_state=0
    )
    return X, np.array(["red", "green", "blue"])[corrupt_labels(y, T, random_state=0)]


def test_out_of_fold_beats_in_sample_where_the_network_fits_its_labels(blobs):
    net = make_net(max_epochs=60, lr=3e-3)
    errors = {}
    for cv in (None, 3):
        found = TransitionMatrixEstimator(net, cv=cv, random_state=0).fit(*blobs)
        errors[cv] = np.abs(found.transition_matrix_ - T).sum(axis=1).mean()
    assert errors[3] < errors[None] / 2


def test_posteriors_of_a_row_come_from_a_net_that_has_not_seen_it(blobs):
    X, y = blobs
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    found = TransitionMatrixEstimator(
        LOGISTIC, cv=folds, keep_proba=True, keep_estimators=True
    ).fit(X, y)
    for (_, test), fitted in zip(folds, found.estimators_, strict=True):
        np.testing.assert_array_equal(found.noisy_proba_[test], fitted.predict_proba(X[test]))


def test_row_numbers_of_folds_are_those_of_the_rows_passed(blobs):
    X, y = blobs
    weight = np.ones(len(y))
    weight[::3] = 0
    folds = list(StratifiedKFold(3).split(X, y))
    found = TransitionMatrixEstimator(LOGISTIC, cv=folds, keep_proba=True).fit(X, y, weight)
    assert found.noisy_proba_.shape == (1000, 3)


def test_frozen_estimator_is_asked_and_not_fitted(blobs):
    X, y = blobs
    fitted = LOGISTIC.fit(X, y)
    found = TransitionMatrixEstimator(FrozenEstimator(fitted), keep_proba=True).fit(X, y)
    np.testing.assert_array_equal(found.noisy_proba_, fitted.predict_proba(X))


def test_frozen_estimator_of_other_classes_is_refused(blobs):
    X, y = blobs
    fitted = LogisticRegression(max_iter=500).fit(X, y)
    with pytest.raises(ValueError, match=r"knows classes \['red'\] that y does not hold"):
        TransitionMatrixEstimator(FrozenEstimator(fitted)).fit(X[y != "red"], y[y != "red"])


class Unsure(LogisticRegression):
    """Has no posterior for rows far to the right."""

    def predict_proba(self, X):
        return np.where(X[:, :1] > np.median(X[:, 0]), np.nan, super().predict_proba(X))


@pytest.mark.parametrize("kind", [TransitionMatrixEstimator, ReweightedClassifier])
def test_posteriors_that_are_no_numbers_are_refused(blobs, kind):
    with pytest.raises(ValueError, match="posteriors of the classifier must be finite; they are"):
        kind(Unsure(max_iter=500), random_state=0).fit(*blobs)


@pytest.mark.filterwarnings("ignore:The rows of T for the classes 'azure':UserWarning")
def test_class_unknown_to_one_fold_gets_probability_zero_there(blobs):
    X, y = blobs
    y = y.copy()
    y[0] = "azure"
    with pytest.warns(UserWarning, match="the smallest class, 'azure', has 1 row: 2 folds"):
        found = TransitionMatrixEstimator(LOGISTIC, keep_proba=True, random_state=0).fit(X, y)
    assert found.transition_matrix_.shape == (4, 4)
    assert found.noisy_proba_[0, 0] == 0


@pytest.mark.filterwarnings("ignore:The rows of T for the classes 'red':UserWarning")
def test_folds_are_lowered_to_the_size_of_the_smallest_class(blobs):
    X, y = blobs
    few = np.r_[np.flatnonzero(y != "red"), np.flatnonzero(y == "red")[:4]]
    estimator = TransitionMatrixEstimator(
        LOGISTIC, method="count", cv=5, keep_estimators=True, random_state=0
    )
    with pytest.warns(UserWarning, match="cv=5 folds.*'red', has 4 rows: 4 folds are used"):
        found = estimator.fit(X[few], y[few])
    assert len(found.estimators_) == 4


def test_folds_in_parallel_give_the_same_t(blobs):
    net = make_net(max_epochs=3)
    estimator = TransitionMatrixEstimator(net, method="count", random_state=0)
    first = estimator.fit(*blobs).transition_matrix_
    parallel = estimator.set_params(n_jobs=2).fit(*blobs).transition_matrix_
    np.testing.assert_array_equal(parallel, first)


def test_a_net_of_the_users_trains_as_long_as_it_says(blobs):
    found = TransitionMatrixEstimator(make_net(max_epochs=7), random_state=0).fit(*blobs)
    assert [len(history) for history in found.histories_] == [7, 7, 7]
    assert "valid_loss" not in found.histories_[0][-1]


def test_the_default_net_of_a_wide_table_is_that_of_its_best_epoch():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 210)), np.arange(300) % 2
    X[:, :5] += 2 * y[:, None]
    found = TransitionMatrixEstimator(keep_estimators=True, keep_proba=True, random_state=0)
    found.fit(X, y)
    kept = -np.log(found.noisy_proba_[np.arange(300), y]).mean()
    losses = [[epoch["valid_loss"] for epoch in history] for history in found.histories_]
    assert kept == pytest.approx(np.mean([min(epochs) for epochs in losses]), rel=1e-3)
