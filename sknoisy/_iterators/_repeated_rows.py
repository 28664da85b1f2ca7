"""Rows of any kind that occur several times, once for each of their labels."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._equal_rows import equal_rows, in_order_of_appearance

Numbers = NDArray[np.intp]
Weights = NDArray[np.float64]


class RepeatedRows:
    """The rows `source[rows]`, of which nothing is copied.

    Soft labels make a row one of each of its classes. Each row of the source occurs. If
    `are_candidates`, a row has one of its labels, and it is not known which.
    """

    def __init__(self, source: Any, rows: Numbers, *, are_candidates: bool = False) -> None:
        self.source = source
        self.rows = rows
        self.are_candidates = are_candidates

    def with_rows(self, source: Any, rows: Numbers) -> RepeatedRows:
        """Other rows, whose labels mean the same."""
        return RepeatedRows(source, rows, are_candidates=self.are_candidates)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def first(self) -> Numbers:
        """Where each row of the source occurs first."""
        return np.unique(self.rows, return_index=True)[1]

    def equal_rows(self) -> Numbers:
        """Number the rows by their content, see `sknoisy._equal_rows`."""
        return in_order_of_appearance(equal_rows(self.source)[self.rows])

    def shares(
        self, labels: NDArray[np.integer], weights: Weights | None, n_classes: int
    ) -> Weights:
        """How much of each row of the source each class has."""
        sums = np.zeros((len(self.first), n_classes))
        np.add.at(sums, (self.rows, labels), 1.0 if weights is None else weights)
        return np.asarray(sums / sums.sum(axis=1, keepdims=True))


def each_once(X: Any) -> Any:
    """X, its rows without their repetitions by soft labels."""
    return X.source if isinstance(X, RepeatedRows) else X


def merged(
    rows: Numbers, labels: NDArray[np.integer], weights: Weights
) -> tuple[Numbers, NDArray[np.integer], Weights]:
    """Each pair of row and label once, in order, with the sum of its weights."""
    n_classes = int(labels.max()) + 1
    pairs, which = np.unique(rows * n_classes + labels, return_inverse=True)
    return pairs // n_classes, pairs % n_classes, np.bincount(which, weights).astype(np.float64)
