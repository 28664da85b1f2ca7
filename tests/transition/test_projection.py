"""Clean posteriors are found back, and the true T explains labels best."""

import numpy as np
from posteriors import T, noisy_sample

from sknoisy._transition import project_posterior
from sknoisy._transition._projection import held_out_losses


def test_projection_inverts_mixing():
    clean = np.random.default_rng(0).dirichlet(np.ones(3), size=50)
    np.testing.assert_allclose(project_posterior(clean @ T, T, n_rounds=3000), clean, atol=1e-3)


def test_posterior_outside_the_rows_of_t_gets_the_nearest_corner():
    outside = np.array([[0.999, 0.0005, 0.0005]])
    assert project_posterior(outside, T)[0, 0] > 0.999


def test_blocks_do_not_show():
    proba, _ = noisy_sample(5_000)
    np.testing.assert_allclose(
        project_posterior(proba, T)[4_990:], project_posterior(proba[4_990:], T)
    )


def test_start_is_not_written_to():
    proba, _ = noisy_sample(10)
    start = np.full((10, 3), 1 / 3)
    project_posterior(proba, T, start=start)
    np.testing.assert_array_equal(start, 1 / 3)


def test_true_t_explains_held_out_labels_better_than_smaller_and_larger_ones():
    proba, y = noisy_sample(20_000)
    rng = np.random.default_rng(1)
    blurred = proba * np.exp(0.5 * rng.normal(size=proba.shape))  # What a classifier gets wrong.
    blurred /= blurred.sum(axis=1, keepdims=True)

    def loss(t):
        return held_out_losses(blurred, y, t).mean()

    assert loss(T) < loss(np.eye(3))
    assert loss(T) < loss(0.8 * T + 0.2 / 3)
