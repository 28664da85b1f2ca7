"""Would a correction help, and which."""

import numpy as np
import pytest

from sknoisy.inspection._corrections import compare, corrected_posteriors
from sknoisy.metrics import noise_corrected_accuracy, noise_corrected_brier_score

T = np.array([[0.7, 0.3], [0.1, 0.9]])
RNG = np.random.default_rng(0)
CLEAN = RNG.random(3000)
CLEAN = np.column_stack([CLEAN, 1 - CLEAN])
Y = (RNG.random(3000) > (CLEAN @ T)[:, 0]).astype(int)


def test_both_corrections_return_the_clean_posteriors_of_exact_noisy_ones():
    posteriors = corrected_posteriors(CLEAN @ T, T)
    np.testing.assert_allclose(posteriors["backward"], CLEAN, atol=1e-9)
    np.testing.assert_allclose(posteriors["forward"], CLEAN, atol=0.02)  # After 60 rounds.


def test_a_singular_matrix_has_no_backward_correction():
    assert "backward" not in corrected_posteriors(CLEAN, np.full((2, 2), 0.5))


def test_scores_are_those_of_the_metrics():
    comparison = compare({"none": CLEAN @ T, "forward": CLEAN}, Y, T, 0.95)
    value, std = comparison.accuracy["forward"]
    expected = noise_corrected_accuracy(Y, CLEAN.argmax(axis=1), T, return_std=True)
    assert value == pytest.approx(expected.value)
    assert std == pytest.approx(expected.std, rel=1e-3)
    assert comparison.brier_score["forward"][0] == pytest.approx(
        noise_corrected_brier_score(Y, CLEAN, T)
    )


def test_the_true_posteriors_win_under_noise_and_nothing_wins_without():
    assert compare({"none": CLEAN @ T, "forward": CLEAN}, Y, T, 0.95).best == "forward"
    same = compare({"none": CLEAN, "forward": CLEAN}, Y, T, 0.95)
    assert same.best == "none"
    assert same.gain["forward"] == (0, 0)


def test_something_must_be_compared_with():
    with pytest.raises(ValueError, match='must hold "none"'):
        compare({"forward": CLEAN}, Y, T, 0.95)
