"""The prior of T: its gradient, what it draws to, and strengths that the counts choose."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import softmax

from sknoisy._transition._likelihood_prior import STRONGEST, Prior, penalty, prior_of
from sknoisy.noise import class_map_transition_matrix, symmetric_transition_matrix


@pytest.mark.parametrize("K", [2, 4])
def test_the_gradient_is_that_of_the_penalty(K):
    prior, point = Prior(3.0, 0.7), np.random.RandomState(0).normal(size=K * K)
    error = check_grad(
        lambda v: penalty(v.reshape(K, K), prior)[0],
        lambda v: penalty(v.reshape(K, K), prior)[1].ravel(),
        point,
    )
    assert error < 1e-6


def test_the_penalty_is_the_one_of_the_formula():
    log_T = np.random.RandomState(0).normal(size=(3, 3))
    T = softmax(log_T, axis=1)
    t, m = T.diagonal(), T.diagonal().mean()
    divergence = m * np.log(m / t) + (1 - m) * np.log((1 - m) / (1 - t))
    share = (T / (1 - t)[:, None])[~np.eye(3, dtype=bool)]
    expected = 2.0 * divergence.sum() - 0.5 * np.log(share).sum()
    assert penalty(log_T, Prior(2.0, 0.5))[0] == pytest.approx(expected)


def test_symmetric_noise_of_any_rate_has_the_least_penalty():
    for rate in (0.01, 0.5, 0.9):
        _, gradient = penalty(np.log(symmetric_transition_matrix(4, rate)), STRONGEST)
        np.testing.assert_allclose(gradient, 0, atol=1e-9)


def test_the_penalty_of_clean_labels_is_finite():
    value, gradient = penalty(60 * np.eye(3), STRONGEST)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_a_single_class_costs_nothing():
    assert penalty(np.zeros((1, 1)), STRONGEST) == (0.0, np.zeros((1, 1)))


def test_counts_choose_the_strengths():
    alike = prior_of(1000 * symmetric_transition_matrix(5, 0.3))
    assert alike == STRONGEST
    unlike = prior_of(1000 * class_map_transition_matrix({0: 1, 2: 3}, 0.4, classes=5))
    assert unlike.per_class < 5
    assert unlike.per_entry < 0.1
