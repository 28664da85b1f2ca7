import numpy as np
import pytest

from sknoisy._transition._group_estimate import group_transition_matrices
from sknoisy.noise import pair_flip_transition_matrix, symmetric_transition_matrix

K = 4
T = np.array([symmetric_transition_matrix(K, 0.1), pair_flip_transition_matrix(K, 0.4)])
COMMON = T.mean(axis=0)


def rows(n=6000, seed=0, softness=1.0):
    """Posteriors of the noisy labels, labels and groups; the classifier does not see the group."""
    rng = np.random.default_rng(seed)
    clean_proba = rng.dirichlet(np.full(K, 0.1), n)
    clean = (rng.random((n, 1)) > clean_proba.cumsum(axis=1)).sum(axis=1).clip(max=K - 1)
    which = rng.integers(2, size=n)
    y = (rng.random((n, 1)) > T[which, clean].cumsum(axis=1)).sum(axis=1).clip(max=K - 1)
    seen = clean_proba**softness
    return (seen / seen.sum(axis=1, keepdims=True)) @ COMMON, y, which


@pytest.mark.parametrize("softness", [1.0, 0.5])
def test_each_group_gets_its_own_matrix(softness):
    proba, y, which = rows(softness=softness)
    found = group_transition_matrices(proba, y, which, COMMON)
    error = np.abs(found.transition_matrices - T).sum(axis=2).mean(axis=1)
    assert error.max() < 0.12
    assert np.abs(COMMON - T).sum(axis=2).mean(axis=1).min() > 0.3
    np.testing.assert_allclose(found.n_examples.sum(axis=1), np.bincount(which))


def test_group_that_no_row_belongs_to_has_the_common_matrix():
    proba, y, which = rows(1000)
    found = group_transition_matrices(proba, y, which, COMMON, n_groups=3)
    assert found.n_examples[2].sum() == 0
    distance = np.abs(found.transition_matrices - COMMON).sum(axis=2).mean(axis=1)
    assert distance[2] < 0.5 * distance[:2].min()


def test_a_weight_of_two_is_two_rows():
    proba, y, which = rows(400)
    weight = np.where(np.arange(400) % 3, 1.0, 2.0)
    twice = np.repeat(np.arange(400), weight.astype(int))
    weighted = group_transition_matrices(proba, y, which, COMMON, sample_weight=weight)
    repeated = group_transition_matrices(proba[twice], y[twice], which[twice], COMMON)
    np.testing.assert_allclose(
        weighted.transition_matrices, repeated.transition_matrices, atol=0.05
    )
