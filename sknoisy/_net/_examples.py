"""Rows with soft labels, as a network trains on them: each row once, with all of its labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._iterators import RepeatedRows, merged
from ._stopping import HeldOut

Array = NDArray[np.float64]


class SeveralLabels(NamedTuple):
    """Class numbers of each row and their shares, both of shape (n_rows, n_labels).

    Of candidates the shares are boolean: which of the labels are some, and not there to fill up.
    """

    labels: NDArray[np.int32]
    shares: Array | NDArray[np.bool_]


class Examples(NamedTuple):
    """Rows with one label each, or with several; `y` then is that of the largest share."""

    X: Any
    y: NDArray[np.integer]
    sample_weight: Array | None
    matrix: NDArray[np.integer] | None
    held_out: HeldOut | None
    soft: SeveralLabels | None = None


def as_examples(
    X: Any,
    y: NDArray[np.integer],
    sample_weight: Array | None,
    matrix: NDArray[np.integer] | None = None,
    held_out: HeldOut | None = None,
) -> Examples:
    """The same rows; those that are repeated for each of their labels come once."""
    if not isinstance(X, RepeatedRows):
        return Examples(X, y, sample_weight, matrix, held_out)
    weights = np.ones(len(y)) if sample_weight is None else sample_weight
    soft, totals = several_labels(X.rows, y, weights)
    best = soft.shares.argmax(axis=1)
    if X.are_candidates:
        soft = soft._replace(shares=soft.shares > 0)
    if held_out is not None:
        held_out = held_out._replace(fold=held_out.fold[X.first])
    return Examples(
        X.source,
        soft.labels[np.arange(len(best)), best],
        None if np.ptp(totals) <= 1e-12 * totals.max() else totals / totals.mean(),
        None if matrix is None else matrix[X.first],
        held_out,
        None if soft.labels.shape[1] == 1 else soft,
    )


def several_labels(
    rows: NDArray[np.intp], y: NDArray[np.integer], weights: Array
) -> tuple[SeveralLabels, Array]:
    """The labels of each row with their shares, and the weights of the rows.

    Rows with fewer labels than others are filled up with one of theirs, which has no share.
    """
    row, label, of_pair = merged(rows, y, weights)
    counts = np.bincount(row)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    totals: Array = np.bincount(row, of_pair).astype(np.float64)
    labels = np.repeat(label[place == 0, None], counts.max(), axis=1).astype(np.int32)
    shares = np.zeros(labels.shape)
    labels[row, place] = label
    shares[row, place] = np.divide(
        of_pair, totals[row], out=np.zeros(len(row)), where=totals[row] > 0
    )
    return SeveralLabels(labels, shares), totals
