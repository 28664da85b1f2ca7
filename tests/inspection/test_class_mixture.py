"""Classes as mixtures, their labels seen through T."""

import numpy as np
import pytest
from scipy.stats import norm

from sknoisy.inspection._class_mixture import fit_class_mixture
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N = 2000
RNG = np.random.default_rng(0)
Y = RNG.integers(2, size=N)


def gaussians(distance):
    return RNG.normal(size=(N, 3)) + distance * np.eye(3)[0] * Y[:, None]


@pytest.mark.parametrize("distance", [1.5, 4.0])
def test_overlap_and_noise_are_told_apart(distance):
    X, T = gaussians(distance), symmetric_transition_matrix(2, 0.2)
    noisy = corrupt_labels(Y, T, random_state=1)
    start = np.where(Y[:, None] == [0, 1], 0.7, 0.3)
    mixture = fit_class_mixture(X, noisy, start, np.array([[0.9, 0.1], [0.1, 0.9]]))
    # The standard error of the rate is 1% if classes are known, and more the more they overlap.
    assert mixture.noise_rate == pytest.approx(0.2, abs=0.06)
    overlap = 1 - mixture.clean_proba.max(axis=1).mean()
    assert overlap == pytest.approx(norm.cdf(-distance / 2), abs=0.05)


def test_a_class_of_two_clusters_gets_two_components():
    X = gaussians(0.0)
    X[:, 0] += 10 * Y
    X[:, 1] += 10 * (np.arange(N) % 2)
    mixture = fit_class_mixture(X, Y, np.eye(2)[Y], np.eye(2))
    assert mixture.n_components == 4
    np.testing.assert_array_equal(mixture.clean_proba.argmax(axis=1), Y)


def test_an_outlier_and_a_constant_feature_do_no_harm():
    X = np.column_stack([gaussians(4.0), np.ones(N)])
    X[0, 1] = 1e6
    mixture = fit_class_mixture(X, Y, np.eye(2)[Y], np.eye(2))
    assert (mixture.clean_proba.argmax(axis=1) == Y).mean() > 0.95


def test_many_features_are_reduced():
    X = np.column_stack([gaussians(5.0), RNG.normal(size=(N, 40))])
    X[:, 3:20] += 2 * Y[:, None]
    mixture = fit_class_mixture(X, Y, np.eye(2)[Y], np.eye(2))
    assert (mixture.clean_proba.argmax(axis=1) == Y).mean() > 0.95


def test_one_predicted_class_is_refused():
    with pytest.raises(ValueError, match="one class"):
        fit_class_mixture(np.ones((10, 1)), np.zeros(10, int), np.eye(2)[[0] * 10], np.eye(2))


def test_a_class_of_one_row_is_no_reason_to_warn():
    X = gaussians(5.0)
    proba = np.column_stack([0.9 * np.eye(2)[Y] + 0.05, np.zeros(N)])
    proba[0] = [0, 0, 1]
    mixture = fit_class_mixture(X, Y, proba, np.eye(3))
    assert (mixture.clean_proba[1:].argmax(axis=1) == Y[1:]).mean() > 0.95
