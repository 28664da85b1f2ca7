"""Intervals hold the truth as often as they say."""

import numpy as np
import pytest
from posteriors import T, noisy_sample

from sknoisy._transition import _fitted_estimate, bootstrap_weights, estimate
from sknoisy._transition._fitted_estimate import dirichlet_interval, normal_interval


def test_weights_draw_as_many_rows_as_there_are():
    weights = bootstrap_weights(np.repeat([1.0, 2.0], 20), np.random.default_rng(0))
    assert weights.sum() == 60
    assert set(weights) <= set(range(10))
    assert weights[20:].sum() > weights[:20].sum()


@pytest.mark.parametrize("method", ["auto", "likelihood"])
def test_intervals_cover_the_truth_on_calibrated_posteriors(method):
    covered = []
    for seed in range(8):
        proba, y = noisy_sample(900, sharp=5.0, seed=seed)
        lower, upper = estimate(proba, y, method=method).interval(0.95, 15)
        covered.append(((lower <= T) & (T <= upper))[T > 0].mean())
    # 56 entries, correlated within a row, of which "auto" holds 0.86 and "likelihood" 0.90: fewer
    # than 0.95, for no interval knows how far each row was drawn to the others.
    assert 0.8 < np.mean(covered) <= 1


def test_a_structure_holds_in_every_sample():
    proba, y = noisy_sample(300)
    samples = estimate(proba, y, structure="symmetric").resampled(3)
    off = samples[:, ~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(off, off[:, :1].repeat(6, axis=1))
    assert np.ptp(off[:, 0]) > 0


def test_normal_limits_lie_about_the_estimate_and_stay_probabilities():
    samples = np.array([[[0.8, 0.2], [0.0, 1.0]], [[0.9, 0.1], [0.2, 0.8]]])
    spread = samples.std(axis=0, ddof=1)
    lower, upper = normal_interval(np.array([[0.85, 0.15], [0.1, 0.9]]), spread, 0.95)
    half = 1.959964 * np.std([0.8, 0.9], ddof=1)
    np.testing.assert_allclose([lower[0, 0], upper[0, 0]], [0.85 - half, 0.85 + half])
    assert lower.min() >= 0
    assert upper.max() <= 1


def test_dirichlet_limits_are_quantiles_of_draws():
    alpha = np.array([[30.0, 8, 2], [5, 60, 0]])
    draws = np.stack([np.random.default_rng(0).dirichlet(row + 1e-9, 20_000) for row in alpha])
    limits = np.quantile(draws, [0.05, 0.95], axis=1)
    np.testing.assert_allclose(dirichlet_interval(alpha, 0.9), limits, atol=0.01)


@pytest.mark.parametrize("method", ["auto", "count", "confident_joint"])
def test_the_spread_that_is_kept_is_that_of_the_rows(method, monkeypatch):
    proba, y = noisy_sample(2000, sharp=5.0)
    fitted = estimate(proba, y, method=method)
    of_rows = fitted.resampled(60).std(axis=0, ddof=1)
    for numbers in (10**6, 1500):  # All rows, and a quarter of them.
        monkeypatch.setattr(_fitted_estimate, "ENOUGH_NUMBERS", numbers)
        light = fitted.without_rows()
        assert light.rows is None
        assert 0.7 < light.spread.mean() / of_rows.mean() < 1.4
        np.testing.assert_array_equal(light.transition_matrix, fitted.transition_matrix)


def test_a_function_of_the_users_is_not_resampled_unasked():
    proba, y = noisy_sample(300)
    fitted = estimate(proba, y, method=lambda proba, y: np.eye(3))
    assert fitted.has_interval
    assert not fitted.without_rows().has_interval
