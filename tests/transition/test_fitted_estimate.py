"""Intervals hold the truth as often as they say."""

import numpy as np
import pytest
from posteriors import T, noisy_sample

from sknoisy._transition import bootstrap_weights, estimate
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
    lower, upper = normal_interval(np.array([[0.85, 0.15], [0.1, 0.9]]), samples, 0.95)
    half = 1.959964 * np.std([0.8, 0.9], ddof=1)
    np.testing.assert_allclose([lower[0, 0], upper[0, 0]], [0.85 - half, 0.85 + half])
    assert lower.min() >= 0
    assert upper.max() <= 1


def test_dirichlet_limits_are_quantiles_of_draws():
    alpha = np.array([[30.0, 8, 2], [5, 60, 0]])
    draws = np.stack([np.random.default_rng(0).dirichlet(row + 1e-9, 20_000) for row in alpha])
    limits = np.quantile(draws, [0.05, 0.95], axis=1)
    np.testing.assert_allclose(dirichlet_interval(alpha, 0.9), limits, atol=0.01)
