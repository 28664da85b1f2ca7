"""What follows from a given T."""

import numpy as np
from posteriors import T

from sknoisy._transition import clean_prior, mix_with_identity


def test_clean_prior_inverts_the_noise():
    prior = np.array([0.5, 0.2, 0.3])
    np.testing.assert_allclose(clean_prior(T, prior @ T), prior)


def test_clean_prior_stays_on_the_simplex():
    prior = clean_prior(T, np.array([0.9, 0.0, 0.1]))
    assert prior.min() >= 0
    np.testing.assert_allclose(prior.sum(), 1)


def test_mixing_lowers_the_condition_number():
    singular = np.full((3, 3), 1 / 3)
    np.testing.assert_allclose(np.linalg.cond(mix_with_identity(singular, 0.1)), 10)
