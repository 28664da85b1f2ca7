"""Intervals that know that T was estimated."""

from functools import partial

import numpy as np
import pytest

from sknoisy.metrics import (
    bootstrap_noise_corrected_score,
    fit_noise_model,
    noise_corrected_accuracy,
    noise_corrected_brier_score,
    noise_corrected_f1,
)
from sknoisy.noise import corrupt_labels

RNG = np.random.RandomState(0)
T = np.array([[0.8, 0.2], [0.3, 0.7]])
X = RNG.normal(size=30_000) * 3
CLEAN = (RNG.uniform(size=len(X)) < 1 / (1 + np.exp(-2 * X))).astype(int)
PREDICTED = (X > 0).astype(int)
PROBA = 1 / (1 + np.exp(-2 * X))
G = np.column_stack([1 - PROBA, PROBA]) @ T


def draw(seed, n=1000):
    rng = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([1, seed])))
    rows = rng.randint(len(X), size=n)
    return rows, corrupt_labels(CLEAN[rows], T, classes=2, random_state=rng)


def test_the_value_is_the_score_with_the_estimate_of_all_rows():
    rows, noisy = draw(0)
    found = bootstrap_noise_corrected_score(
        noisy, PREDICTED[rows], G[rows], n_bootstrap=2, random_state=0
    )
    T_hat = fit_noise_model(G[rows], noisy).transition_matrix
    expected = noise_corrected_accuracy(noisy, PREDICTED[rows], T_hat)
    assert found.value == pytest.approx(expected)


def test_the_interval_covers_with_T_estimated_from_the_same_rows():
    truth, covered, n_draws = (CLEAN == PREDICTED).mean(), 0, 40
    for seed in range(n_draws):
        rows, noisy = draw(seed)
        low, high = bootstrap_noise_corrected_score(
            noisy, PREDICTED[rows], G[rows], n_bootstrap=15, random_state=seed
        ).interval
        covered += low <= truth <= high
    # 0.85 is promised; three standard errors of 40 draws are 0.17.
    assert covered / n_draws > 0.85 - 0.17


@pytest.mark.parametrize(
    "method",
    ["likelihood", "count", "confident_joint", lambda proba, y: T],
    ids=["likelihood", "count", "confident joint", "own"],
)
def test_every_way_to_estimate_T_serves(method):
    rows, noisy = draw(0)
    score = bootstrap_noise_corrected_score(
        noisy, PREDICTED[rows], G[rows], method=method, n_bootstrap=5, random_state=0
    )
    assert 0.5 < score.value < 1.2
    assert score.std > 0


def test_with_T_known_the_spread_is_the_standard_error():
    rows, noisy = draw(0)
    known = bootstrap_noise_corrected_score(
        noisy, PREDICTED[rows], G[rows], method=lambda proba, y: T, n_bootstrap=500, random_state=0
    )
    exact = noise_corrected_accuracy(noisy, PREDICTED[rows], T, return_std=True)
    assert known.value == pytest.approx(exact.value)
    # A spread of 500 replicates is known to 1 in sqrt(1000): four of these.
    assert known.std == pytest.approx(exact.std, rel=4 / np.sqrt(1000))


def test_other_scores_labels_and_weights_serve():
    rows, noisy = draw(0)
    names = np.array(["ham", "spam"])
    per_class = bootstrap_noise_corrected_score(
        names[noisy],
        names[PREDICTED[rows]],
        G[rows],
        score=partial(noise_corrected_f1, average=None),
        sample_weight=RNG.uniform(size=len(rows)),
        n_bootstrap=4,
        random_state=0,
    )
    assert per_class.value.shape == per_class.interval[0].shape == (2,)
    brier = bootstrap_noise_corrected_score(
        noisy, PROBA[rows], G[rows], score=noise_corrected_brier_score, n_bootstrap=4
    )
    assert brier.value < 0.25


def test_the_same_seed_draws_the_same_replicates():
    rows, noisy = draw(0, 500)
    one, other = (
        bootstrap_noise_corrected_score(
            noisy, PREDICTED[rows], G[rows], n_bootstrap=3, random_state=1
        )
        for _ in range(2)
    )
    assert one == other


def test_bad_arguments_are_named():
    rows, noisy = draw(0, 50)
    arguments = noisy, PREDICTED[rows], G[rows]
    with pytest.raises(ValueError, match="n_bootstrap must be at least 2"):
        bootstrap_noise_corrected_score(*arguments, n_bootstrap=1)
    with pytest.raises(ValueError, match="method must be one of"):
        bootstrap_noise_corrected_score(*arguments, method="magic")
    with pytest.raises(ValueError, match="confidence_level"):
        bootstrap_noise_corrected_score(*arguments, confidence_level=2)


def test_few_replicates_make_the_interval_wider():
    rows, noisy = draw(0)
    score = bootstrap_noise_corrected_score(
        noisy, PREDICTED[rows], G[rows], n_bootstrap=3, confidence_level=0.9, random_state=0
    )
    # The 0.95 quantile of Student's t with three degrees of freedom, from any table.
    assert score.interval[1] - score.value == pytest.approx(2.3534 * score.std, rel=1e-4)
