"""Rows of any kind that occur several times, once for each of their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._equal_rows import equal_rows, in_order_of_appearance

Numbers = NDArray[np.intp]


class RepeatedRows:
    """The rows `source[rows]`, of which nothing is copied.

    Soft labels make a row one of each of its classes. Each row of the source occurs.
    """

    def __init__(self, source: Any, rows: Numbers) -> None:
        self.source = source
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def equal_rows(self) -> Numbers:
        """Number the rows by their content, see `sknoisy._equal_rows`."""
        return in_order_of_appearance(equal_rows(self.source)[self.rows])


def each_once(X: Any) -> Any:
    """X, its rows without their repetitions by soft labels."""
    return X.source if isinstance(X, RepeatedRows) else X
