"""Refining ends at the T that made the labels."""

import numpy as np
import pytest
from posteriors import T, error, noisy_sample

from sknoisy._transition import shrink_counts
from sknoisy._transition._estimate import NoisyRows
from sknoisy._transition._refinement import STARTS, refined_counts
from sknoisy.noise import pair_flip_transition_matrix


def rows(n_samples, **settings):
    proba, y = noisy_sample(n_samples, **settings)
    return NoisyRows(proba, y, np.ones(n_samples))


@pytest.mark.parametrize("start", STARTS)
def test_every_start_ends_near_the_truth(start):
    sample = rows(6_000, sharp=4.0)
    first = shrink_counts(STARTS[start](sample))
    found = shrink_counts(refined_counts(sample, first, 0.3, shrink_counts))
    # 600 rows are counted per class: standard errors of 0.02 per entry.
    assert error(found, T) < 0.08


def test_projection_tells_what_plain_ranks_mix_up():
    true = pair_flip_transition_matrix(4, 0.4)
    exact = rows(6_000, transition_matrix=true, prior=np.full(4, 1 / 4), sharp=4.0)
    # A classifier errs; the rows that it calls surest of a label are then of both its classes.
    blur = np.exp(0.4 * np.random.default_rng(1).normal(size=exact.proba.shape))
    blurred = exact.proba * blur / (exact.proba * blur).sum(axis=1, keepdims=True)
    sample = exact._replace(proba=blurred)
    plain = shrink_counts(STARTS["count"](sample))
    refined = shrink_counts(refined_counts(sample, plain, 0.3, shrink_counts))
    assert error(refined, true) < error(plain, true) / 2


def test_shares_are_shares_of_each_class():
    counts = refined_counts(rows(6_000, prior=(0.1, 0.3, 0.6)), T, 0.5, shrink_counts)
    np.testing.assert_allclose(counts.sum(axis=1), [300, 900, 1800], rtol=0.1)
