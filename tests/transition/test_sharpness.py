"""One temperature makes posteriors as sure as they are right."""

import numpy as np
import pytest
from posteriors import noisy_sample
from scipy.special import log_softmax

from sknoisy._transition import fit_sharpness, sharpened, temperature_scaled


@pytest.mark.parametrize("power", [0.3, 1, 4])
def test_overconfident_and_soft_posteriors_are_mended(power):
    proba, y = noisy_sample(20_000, sharp=3.0)
    distorted = proba**power
    distorted /= distorted.sum(axis=1, keepdims=True)
    mended = temperature_scaled(distorted, y)
    assert np.abs(mended - proba).mean() < 0.03
    np.testing.assert_allclose(mended.sum(axis=1), 1)


def test_zeros_of_a_forest_become_small():
    assert temperature_scaled([[1.0, 0.0], [0.0, 1.0]], [0, 1]).min() > 0


def test_other_rows_are_scaled_alike():
    proba, y = noisy_sample(500)
    np.testing.assert_allclose(
        temperature_scaled(proba, y, at=proba[:7]), temperature_scaled(proba, y)[:7]
    )


def test_rows_without_weight_do_not_count():
    proba, y = noisy_sample(500)
    weight = np.repeat([1.0, 0.0], 250)
    np.testing.assert_allclose(
        temperature_scaled(proba, y, sample_weight=weight)[:250],
        temperature_scaled(proba[:250], y[:250]),
        rtol=1e-4,
    )


def test_the_sharpness_of_the_least_loss_is_that_of_the_distortion():
    proba, y = noisy_sample(20_000, sharp=3.0)
    log_soft = np.log(proba) / 2
    sharpness = fit_sharpness(
        log_soft, lambda scaled: -log_softmax(scaled, axis=1)[np.arange(len(y)), y].mean()
    )
    assert sharpness == pytest.approx(2, rel=0.05)
    np.testing.assert_allclose(sharpened(log_soft, 2.0), proba)
