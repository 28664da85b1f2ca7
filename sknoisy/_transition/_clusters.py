"""Classes as clusters of posteriors, for noise under which labels no longer name their class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ._rows import normalize_rows

MAX_ROUNDS = 30


def cluster_posteriors(noisy_proba: NDArray[np.float64]) -> NDArray[np.intp]:
    """One of K clusters for every row, by k-means on the square roots of its posteriors.

    Where classes separate, the posteriors of a class lie around its row of T; that also holds
    where most rows labelled k come from another class.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_samples, n_classes)
        Posteriors of the noisy labels.

    Returns
    -------
    ndarray of int of shape (n_samples,)
        Clusters, in an order that says nothing about classes; see `maximum_trace_order`.

    Notes
    -----
    The centres start at the corners that the successive projection algorithm [1]_ finds: the
    row of the largest norm, then that of the largest norm perpendicular to those found.

    References
    ----------
    .. [1] Gillis, Vavasis, "Fast and Robust Recursive Algorithms for Separable Nonnegative
       Matrix Factorization", PAMI 2014.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_posteriors(np.array([[0.1, 0.9], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4]]))
    array([1, 0, 1, 0])
    """
    points = np.sqrt(noisy_proba)
    centres = points[_corners(points, points.shape[1])]
    for _ in range(MAX_ROUNDS):
        nearest = _nearest(points, centres)
        sizes = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([points[nearest == k].sum(axis=0) for k in range(len(centres))])
        moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
        if np.allclose(moved, centres, atol=1e-6):
            break
        centres = moved
    return _nearest(points, centres)


def _corners(points: NDArray[np.float64], n_corners: int) -> list[int]:
    rest, found = points.copy(), []
    for _ in range(n_corners):
        squares = (rest**2).sum(axis=1)
        found.append(int(squares.argmax()))
        if squares.max() > 0:
            direction = rest[found[-1]] / np.sqrt(squares.max())
            rest -= np.outer(rest @ direction, direction)
    return found


def _nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    return ((centres**2).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def maximum_trace_order(counts: NDArray[np.float64]) -> NDArray[np.intp]:
    """The order of the rows in which the trace of T is largest.

    Rows that were found without names are given those under which most labels are right.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_classes)
        T, or counts of noisy labels, its rows in any order.

    Returns
    -------
    ndarray of int of shape (n_classes,)
        ``counts[order]`` has its rows named.

    Examples
    --------
    >>> import numpy as np
    >>> maximum_trace_order(np.array([[0.1, 0.9], [0.7, 0.3]]))
    array([1, 0])
    """
    rows, names = linear_sum_assignment(normalize_rows(counts), maximize=True)
    return rows[np.argsort(names)]
