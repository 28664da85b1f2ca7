"""Scores of posteriors."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from sknoisy.metrics import (
    forward_log_loss,
    noise_corrected_brier_score,
    noise_corrected_log_loss,
)
from sknoisy.noise import corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
T = random_transition_matrix(3, noise_rate=0.25, random_state=1)
Y, PROBA, WEIGHTS = RNG.randint(3, size=40), RNG.dirichlet(np.ones(3), 40), RNG.uniform(size=40)


def test_without_noise_the_scores_are_those_of_scikit_learn():
    for ours in (noise_corrected_log_loss, forward_log_loss):
        found = ours(Y, PROBA, np.eye(3), sample_weight=WEIGHTS)
        assert found == pytest.approx(log_loss(Y, PROBA, sample_weight=WEIGHTS))
    found = noise_corrected_brier_score(Y, PROBA, np.eye(3), scale_by_half=False)
    assert found == pytest.approx(((PROBA - np.eye(3)[Y]) ** 2).sum(axis=1).mean())
    p = PROBA[:, 0]
    found = noise_corrected_brier_score(Y % 2, p, np.eye(2), sample_weight=WEIGHTS)
    assert found == pytest.approx(brier_score_loss(Y % 2, p, sample_weight=WEIGHTS))


def test_posteriors_of_zero_cost_what_they_cost_in_scikit_learn():
    y, proba = [0, 1], [[0.0, 1.0], [0.0, 1.0]]
    assert noise_corrected_log_loss(y, proba, np.eye(2)) == pytest.approx(log_loss(y, proba))


@pytest.mark.parametrize("score", [noise_corrected_log_loss, noise_corrected_brier_score])
def test_the_mean_over_all_noisy_labels_is_exactly_the_clean_score(score):
    clean, proba = np.array([0, 1, 2]), PROBA[:3]
    mean = sum(
        T[clean, noisy].prod() * score(noisy, proba, T, classes=range(3))
        for noisy in itertools.product(range(3), repeat=3)
    )
    assert mean == pytest.approx(score(clean, proba, np.eye(3)))


def test_the_forward_loss_is_that_of_the_noisy_posterior():
    noisy = corrupt_labels(Y, T, classes=3, random_state=1)
    assert forward_log_loss(noisy, PROBA, T) == pytest.approx(log_loss(noisy, PROBA @ T))


def test_the_forward_loss_is_proper():
    truth = PROBA[:1]
    losses = [
        sum(
            chance * forward_log_loss([j], p[None], T, classes=range(3))
            for j, chance in enumerate((truth @ T)[0])
        )
        for p in [truth[0], *PROBA[1:]]
    ]
    assert np.argmin(losses) == 0


def test_the_forward_loss_needs_no_inverse():
    assert forward_log_loss([0, 1], [[0.5, 0.5]] * 2, np.full((2, 2), 0.5)) == pytest.approx(
        np.log(2)
    )


@pytest.mark.parametrize(
    "score", [noise_corrected_log_loss, noise_corrected_brier_score, forward_log_loss]
)
def test_standard_errors_are_the_spread(score):
    pool, n_draws, found = RNG.randint(3, size=3000), 200, []
    proba = RNG.dirichlet(np.ones(3), 3000) * 0.5 + np.eye(3)[pool] * 0.5
    for seed in range(n_draws):
        rows = np.random.RandomState(seed).randint(3000, size=500)
        noisy = corrupt_labels(pool[rows], T, classes=3, random_state=10**6 + seed)
        found.append(score(noisy, proba[rows], T, return_std=True)[:2])
    values, claimed = np.array(found).T
    np.testing.assert_allclose(claimed.mean() / values.std(), 1, atol=4 / np.sqrt(2 * n_draws))
    if score is not forward_log_loss:
        bias = abs(values.mean() - score(pool, proba, np.eye(3)))
        assert bias < 4 * values.std() / np.sqrt(n_draws)


def test_an_unknown_scale_is_named():
    with pytest.raises(ValueError, match="scale_by_half must be one of"):
        noise_corrected_brier_score(Y, PROBA, T, scale_by_half="no")
