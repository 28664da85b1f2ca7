"""Anchors are found inside their class."""

import numpy as np
import pytest
from posteriors import T, estimated, noisy_sample


def test_scaled_quantile_stays_inside_a_rare_class():
    proba, y = noisy_sample(30_000, prior=(0.02, 0.49, 0.49))
    fixed = estimated(proba, y, "anchor", quantile=0.97)
    scaled = estimated(proba, y, "anchor")
    assert np.abs(fixed[0] - T[0]).sum() > 1
    assert np.abs(scaled[0] - T[0]).sum() < 0.05


def test_argmax_takes_the_single_surest_row():
    proba, y = noisy_sample(500)
    found = estimated(proba, y, "anchor", quantile="argmax")
    np.testing.assert_allclose(found, proba[proba.argmax(axis=0)])


@pytest.mark.parametrize("quantile", [0, 1, -0.1, 97, "median"])
def test_quantile_outside_its_range_is_refused(quantile):
    with pytest.raises(ValueError, match=r"quantile must be .* inside \(0, 1\)"):
        estimated(T, np.arange(3), "anchor", quantile=quantile)
