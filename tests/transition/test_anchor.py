"""Anchors are found inside their class."""

import numpy as np
import pytest
from posteriors import T, noisy_sample

from sknoisy._transition import anchor_transition_matrix


def test_scaled_quantile_stays_inside_a_rare_class():
    proba, _ = noisy_sample(30_000, prior=(0.02, 0.49, 0.49))
    fixed = anchor_transition_matrix(proba, quantile=0.97)
    scaled = anchor_transition_matrix(proba)
    assert np.abs(fixed[0] - T[0]).sum() > 1
    assert np.abs(scaled[0] - T[0]).sum() < 0.05


def test_argmax_takes_the_single_surest_row():
    proba, _ = noisy_sample(500)
    found = anchor_transition_matrix(proba, quantile="argmax")
    np.testing.assert_allclose(found, proba[proba.argmax(axis=0)])


@pytest.mark.parametrize("quantile", [0, 1, -0.1, 97, "median"])
def test_quantile_outside_its_range_is_refused(quantile):
    with pytest.raises(ValueError, match=r"quantile must be .* inside \(0, 1\)"):
        anchor_transition_matrix(T, quantile=quantile)
