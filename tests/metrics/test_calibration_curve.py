"""Reliability from noisy labels."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from sknoisy.metrics import noise_corrected_calibration_curve
from sknoisy.noise import corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
PROBA = RNG.dirichlet(np.ones(3), 20_000)
CLEAN = (PROBA.cumsum(axis=1) < RNG.uniform(size=(20_000, 1))).sum(axis=1)
T = random_transition_matrix(3, noise_rate=0.3, random_state=1)
NOISY = corrupt_labels(CLEAN, T, random_state=5)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_without_noise_the_curve_is_that_of_scikit_learn(strategy):
    y, p = (CLEAN == 1).astype(int), PROBA[:, 1]
    found = noise_corrected_calibration_curve(y, p, np.eye(2), pos_label=1, strategy=strategy)
    expected = calibration_curve(y, p, n_bins=10, strategy=strategy)
    np.testing.assert_allclose(found.prob_true, expected[0])
    np.testing.assert_allclose(found.prob_pred, expected[1])


@pytest.mark.parametrize("pos_label", [None, 0, 2])
def test_calibrated_posteriors_lie_on_the_diagonal(pos_label):
    curve = noise_corrected_calibration_curve(NOISY, PROBA, T, pos_label=pos_label)
    off = (curve.prob_true - curve.prob_pred) / curve.std
    assert np.abs(off).max() < 4
    # As many squared units as bins, with the spread of a chi-squared.
    assert (off**2).sum() < len(off) + 4 * np.sqrt(2 * len(off))
    assert curve.share.sum() == pytest.approx(1)


def test_the_noisy_frequencies_do_not_lie_on_it():
    curve = noise_corrected_calibration_curve(NOISY, PROBA, np.eye(3))
    assert np.abs((curve.prob_true - curve.prob_pred) / curve.std).max() > 8


def test_weights_count_as_repetitions():
    rows = RNG.randint(300, size=300)
    times = np.bincount(rows, minlength=300)
    weighted = noise_corrected_calibration_curve(
        NOISY[:300], PROBA[:300], T, n_bins=4, sample_weight=times
    )
    repeated = noise_corrected_calibration_curve(NOISY[rows], PROBA[rows], T, n_bins=4)
    for one, other in zip(weighted[:2], repeated[:2], strict=True):
        np.testing.assert_allclose(one, other)


def test_an_ill_conditioned_matrix_warns():
    with pytest.warns(UserWarning, match="ill-conditioned"):
        noise_corrected_calibration_curve(
            [0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9], [[0.51, 0.49], [0.49, 0.51]]
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "kmeans"}, "strategy must be one of"),
        ({"n_bins": 0}, "n_bins must be at least 1"),
        ({"pos_label": 7}, "pos_label must be one of"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        noise_corrected_calibration_curve(NOISY, PROBA, T, **options)
