"""The default T: as much noise as the labels tell from overlap of the classes."""

from types import SimpleNamespace

import numpy as np
import pytest
from posteriors import error
from scipy.special import softmax
from sklearn.datasets import load_iris

from sknoisy import TransitionMatrixEstimator
from sknoisy._transition import estimate
from sknoisy._transition._auto import resampled_auto
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

HALF = symmetric_transition_matrix(2, 0.3)


def overlapping(T, steepness=1.0, n=3000, seed=0):
    """Two classes of which no row is surely one, and calibrated posteriors of their labels."""
    rng = np.random.RandomState(seed)
    second = 1 / (1 + np.exp(-steepness * rng.normal(size=n)))
    y = corrupt_labels((rng.uniform(size=n) < second).astype(int), T, random_state=seed)
    return np.column_stack([1 - second, second]) @ T, y


def test_overlap_is_not_taken_for_noise():
    proba, y = overlapping(np.eye(2))
    fitted = estimate(proba, y)
    assert error(fitted.transition_matrix, np.eye(2)) < 0.02
    assert fitted.is_identified
    assert fitted.rate_range[0] == 0
    assert fitted.rate_range[1] < 0.35
    assert error(fitted.estimate.details.lines[0].direction.end, np.eye(2)) > 0.1  # Counts err.


def test_noise_is_found_beside_overlap():
    proba, y = overlapping(HALF, steepness=6.0)
    fitted = estimate(proba, y)
    assert error(fitted.transition_matrix, HALF) < 0.1
    assert fitted.rate_range[0] < 0.3 < fitted.rate_range[1] + 0.02


@pytest.mark.parametrize(("known", "low", "high"), [(0.2, 0.2, 0.2), ((0.1, 0.25), 0.1, 0.25)])
@pytest.mark.parametrize("method", ["auto", "count"])
def test_a_known_noise_rate_is_kept(method, known, low, high):
    proba, y = overlapping(np.eye(2))
    structure = {"noise_rate": known}
    fitted = estimate(proba, y, method=method, structure=structure)
    q = np.linalg.solve(fitted.transition_matrix.T, np.bincount(y) / len(y))
    assert low - 1e-6 <= 1 - q @ fitted.transition_matrix.diagonal() <= high + 1e-6


@pytest.mark.parametrize("rate", [1.0, -0.1, (0.3, 0.2), (0.1, 0.2, 0.3), "0.2"])
def test_a_noise_rate_that_cannot_be_is_refused(rate):
    with pytest.raises((ValueError, TypeError), match="noise_rate"):
        TransitionMatrixEstimator(structure={"noise_rate": rate}).fit(np.eye(4), [0, 1, 0, 1])


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
def test_a_few_rows_leave_doubt_and_trusted_labels_settle_it():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(100, 4))
    proba = softmax(X[:, :3], axis=1)
    clean = np.array([rng.choice(3, p=row) for row in proba])
    y = corrupt_labels(clean, symmetric_transition_matrix(3, 0.2), random_state=0)
    with pytest.warns(UserWarning, match="hardly tell noise from overlap"):
        unsure = TransitionMatrixEstimator(random_state=0).fit(X, y)
    low, high = unsure.noise_rate_range_
    assert not unsure.identified_
    assert high - low > 0.2
    trusted = np.where(np.arange(100) < 50, clean, np.nan)
    told = TransitionMatrixEstimator(random_state=0).fit(X, y, y_trusted=trusted)
    assert told.identified_
    assert told.noise_rate_range_ is None


def test_t_is_held_back_where_features_tell_little():
    proba, y = overlapping(HALF, steepness=0.7, n=300)
    found = estimate(proba, y)
    median = found.estimate.details.candidates.median()
    held_back = found.estimate.details.held_back
    assert 0.1 < held_back <= 0.25
    assert error(median, np.eye(2)) > 0.1
    wrong = [1 - T.diagonal() for T in (found.transition_matrix, median)]
    np.testing.assert_allclose(np.sort(wrong[0]), np.sort((1 - held_back) * wrong[1]))
    known = estimate(proba, y, structure={"noise_rate": 0.3})
    assert known.estimate.details.held_back == 0


def test_samples_of_t_are_held_back_like_t():
    found = estimate(*overlapping(HALF, steepness=0.7, n=300)).estimate

    def rates(held_back):
        as_if = found._replace(details=found.details._replace(held_back=held_back))
        rng = np.random.default_rng(0)
        samples = resampled_auto(SimpleNamespace(estimate=as_if, drawn=range(30), rng=rng))
        return np.array([1 - T.diagonal() for T in samples])

    assert rates(0.0).max() > 0.1
    np.testing.assert_allclose(rates(0.2), 0.8 * rates(0.0))


def test_neither_order_nor_weights_matter():
    proba, y = overlapping(HALF, steepness=4.0, n=600)
    order = np.random.RandomState(0).permutation(600)
    whole = estimate(proba, y)
    turned = estimate(proba[order][:, ::-1], 1 - y[order])
    twice = estimate(np.repeat(proba, 2, axis=0), np.repeat(y, 2))
    weighted = estimate(proba, y, sample_weight=np.full(600, 2.0))
    np.testing.assert_array_equal(turned.transition_matrix[::-1, ::-1], whole.transition_matrix)
    np.testing.assert_array_equal(twice.transition_matrix, weighted.transition_matrix)


def test_classes_that_hardly_overlap_leave_no_doubt():
    X, clean = load_iris(return_X_y=True)
    T = symmetric_transition_matrix(3, 0.2)
    estimator = TransitionMatrixEstimator(random_state=0)
    fitted = estimator.fit(X, corrupt_labels(clean, T, random_state=100))
    assert fitted.identified_
    low, high = fitted.noise_rate_range_
    assert high - low > 0.3  # So few rows say little, but for how much the features tell.
    assert error(fitted.transition_matrix_, T) < 0.15
