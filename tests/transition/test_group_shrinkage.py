import numpy as np
import pytest

from sknoisy._transition import normalize_rows, shrink_counts
from sknoisy._transition._group_shrinkage import shrink_groups
from sknoisy.noise import pair_flip_transition_matrix, symmetric_transition_matrix

K = 10


def counted(matrices, n_rows, seed=0):
    """Labels of n_rows rows per group, clean labels known."""
    rng = np.random.default_rng(seed)
    sizes = rng.multinomial(n_rows, np.full(K, 1 / K), size=len(matrices))
    return np.array(
        [
            [rng.multinomial(n, row) for n, row in zip(size, T, strict=True)]
            for size, T in zip(sizes, matrices, strict=True)
        ],
        dtype=float,
    )


def error(found, true):
    return np.abs(found - np.asarray(true)).sum(axis=2).mean()


RATES = np.linspace(0.05, 0.45, 8)
KINDS = {
    "symmetric": [symmetric_transition_matrix(K, rate) for rate in RATES],
    "pair": [pair_flip_transition_matrix(K, rate) for rate in RATES],
}


@pytest.mark.parametrize("matrices", KINDS.values(), ids=KINDS)
def test_shrinkage_helps_at_fifty_rows_per_group(matrices):
    shrunk, alone, common_to_all = [], [], []
    for seed in range(6):
        counts = counted(matrices, 50, seed)
        common = shrink_counts(counts.sum(axis=0))
        shrunk.append(error(shrink_groups(counts, common), matrices))
        alone.append(error([normalize_rows(own) for own in counts], matrices))
        common_to_all.append(error(np.broadcast_to(common, counts.shape), matrices))
    assert np.mean(shrunk) < 0.5 * np.mean(alone)
    assert np.mean(shrunk) < 0.7 * np.mean(common_to_all)


def test_groups_that_are_alike_get_the_common_matrix():
    counts = counted([symmetric_transition_matrix(K, 0.2)] * 8, 500)
    common = shrink_counts(counts.sum(axis=0))
    assert np.abs(shrink_groups(counts, common) - common).max() < 0.03


def test_many_rows_take_over():
    T = [symmetric_transition_matrix(K, 0.1), pair_flip_transition_matrix(K, 0.4)]
    counts = counted(T, 50_000)
    assert error(shrink_groups(counts, shrink_counts(counts.sum(axis=0))), T) < 0.02


def test_group_without_rows_falls_back_to_the_common_matrix():
    counts = counted([symmetric_transition_matrix(K, 0.2)] * 4, 2000)
    counts[3] = 0
    common = shrink_counts(counts.sum(axis=0))
    np.testing.assert_allclose(shrink_groups(counts, common)[3], common, atol=0.01)


def test_rows_are_stochastic_and_zeros_stay():
    common = np.array([[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]])
    counts = np.array([[[40.0, 3, 0], [9, 30, 0], [0, 0, 25]], [[10, 9, 0], [1, 50, 0], [0, 0, 5]]])
    found = shrink_groups(counts, common)
    np.testing.assert_allclose(found.sum(axis=2), 1)
    assert ((found > 0) == (common > 0)).all()
