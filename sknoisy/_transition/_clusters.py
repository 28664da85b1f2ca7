"""Classes as clusters of posteriors, for noise under which labels no longer name their class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ._arrays import TINY, Array, normalize_rows, row_weights

MAX_ROUNDS = 30


def cluster_posteriors(noisy_proba: Array, weights: Array | None = None) -> NDArray[np.intp]:
    """One of K clusters for every row, by k-means on the square roots of its posteriors.

    Where classes separate, the posteriors of a class lie around its row of T; that also holds
    where most rows labelled k come from another class. The centres start at the corners that the
    successive projection algorithm [1]_ finds. The order of the clusters says nothing about
    classes, see `maximum_trace_order`.

    References
    ----------
    .. [1] Gillis, Vavasis, "Fast and Robust Recursive Algorithms for Separable Nonnegative
       Matrix Factorization", PAMI 2014.
    """
    points, weights = np.sqrt(noisy_proba), row_weights(weights, len(noisy_proba))
    centres = points[_corners(points)]
    for _ in range(MAX_ROUNDS):
        nearest = _nearest(points, centres)
        sizes = np.bincount(nearest, weights, minlength=len(centres))
        members = [nearest == k for k in range(len(centres))]
        sums = np.stack([(points[m] * weights[m, None]).sum(axis=0) for m in members])
        moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, TINY)[:, None], centres)
        if np.allclose(moved, centres, atol=1e-6):
            break
        centres = moved
    return _nearest(points, centres)


def _corners(points: Array) -> list[int]:
    """The row of the largest norm, then that of the largest norm perpendicular to those before."""
    rest, corners = points.copy(), []
    for _ in range(points.shape[1]):
        squares = (rest**2).sum(axis=1)
        corners.append(int(squares.argmax()))
        if squares.max() > 0:
            direction = rest[corners[-1]] / np.sqrt(squares.max())
            rest -= np.outer(rest @ direction, direction)
    return corners


def _nearest(points: Array, centres: Array) -> NDArray[np.intp]:
    return ((centres**2).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def maximum_trace_order(counts: Array) -> NDArray[np.intp]:
    """The order of the rows, which have no names yet, under which most labels are right."""
    rows, names = linear_sum_assignment(normalize_rows(counts), maximize=True)
    return rows[np.argsort(names)]
