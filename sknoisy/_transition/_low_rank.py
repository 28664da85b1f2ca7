"""Wrong labels that come from a few kinds of confusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_ROUNDS = 500


def low_rank_counts(counts: NDArray[np.float64], rank: int) -> NDArray[np.float64]:
    """Counts whose off-diagonal part is replaced by its best approximation of a low rank.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_classes)
        Non-negative; the diagonal stays as it is.
    rank : int
        Number of kinds of confusion.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Row sums stay as they are.

    Notes
    -----
    Off the diagonal ``c_ij`` is Poisson with mean ``sum_r a_ir b_rj``; a and b are found by the
    multiplicative updates of [1]_, in which the diagonal has no part.

    References
    ----------
    .. [1] Lee, Seung, "Algorithms for Non-negative Matrix Factorization", NIPS 2000.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[80.0, 12, 8], [10, 82, 8], [10, 12, 78]])
    >>> low_rank_counts(counts, 1).round(1)
    array([[80., 12.,  8.],
           [10., 82.,  8.],
           [10., 12., 78.]])
    """
    K = len(counts)
    off = ~np.eye(K, dtype=bool)
    wrong = np.where(off, counts, 0.0)
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 1.5, (K, rank)), rng.uniform(0.5, 1.5, (rank, K))
    tiny = np.finfo(float).tiny
    for _ in range(N_ROUNDS):
        a *= (wrong / np.maximum(a @ b, tiny)) @ b.T / np.maximum(off @ b.T, tiny)
        b *= a.T @ (wrong / np.maximum(a @ b, tiny)) / np.maximum(a.T @ off, tiny)
    fitted = np.where(off, a @ b, 0.0)
    sums = fitted.sum(axis=1, keepdims=True)
    share = np.divide(fitted, sums, out=np.zeros((K, K)), where=sums > 0)
    return np.diag(counts.diagonal()) + share * wrong.sum(axis=1, keepdims=True)
