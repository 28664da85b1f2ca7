"""Wrong labels that come from a few kinds of confusion."""

from __future__ import annotations

import numpy as np

from ._arrays import TINY, Array, row_shares

N_ROUNDS = 500


def low_rank_counts(counts: Array, rank: int) -> Array:
    """Counts whose off-diagonal part is replaced by its best approximation of a low rank.

    Diagonal and row sums stay as they are. Off the diagonal ``c_ij`` is Poisson with mean
    ``sum_r a_ir b_rj``; a and b are found by the multiplicative updates of [1]_, in which the
    diagonal has no part.

    References
    ----------
    .. [1] Lee, Seung, "Algorithms for Non-negative Matrix Factorization", NIPS 2000.
    """
    K = len(counts)
    off = ~np.eye(K, dtype=bool)
    wrong = np.where(off, counts, 0.0)
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 1.5, (K, rank)), rng.uniform(0.5, 1.5, (rank, K))
    for _ in range(N_ROUNDS):
        a *= (wrong / np.maximum(a @ b, TINY)) @ b.T / np.maximum(off @ b.T, TINY)
        b *= a.T @ (wrong / np.maximum(a @ b, TINY)) / np.maximum(a.T @ off, TINY)
    share = row_shares(np.where(off, a @ b, 0.0))
    return np.diag(counts.diagonal()) + share * wrong.sum(axis=1, keepdims=True)
