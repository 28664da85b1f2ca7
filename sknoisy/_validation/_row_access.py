"""Rows of X of any kind: how many there are, some of them, and what they look like."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples
from torch.utils.data import Dataset, Subset

from .._iterators import (
    RepeatedRows,
    each_once,
    has_several_inputs,
    map_inputs,
    n_rows_of_inputs,
)
from ..noise import IndexedRows


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """Rows of an array, view, sparse matrix, frame, list, Dataset, or of several inputs.

    Those that are repeated for their labels stay so, each of them copied once.
    """
    if isinstance(X, RepeatedRows):
        distinct, numbers = np.unique(X.rows[rows], return_inverse=True)
        whole = len(distinct) == n_rows(X.source)
        return X.with_rows(X.source if whole else take_rows(X.source, distinct), numbers)
    if isinstance(X, IndexedRows):
        return X.subset(rows)
    if has_several_inputs(X) and not hasattr(X, "shape"):
        return map_inputs(lambda values: _safe_indexing(values, rows), X)
    return Subset(X, rows.tolist()) if isinstance(X, Dataset) else _safe_indexing(X, rows)


def n_rows(X: Any) -> int:
    """Number of rows of an array, sparse matrix, frame, list, Dataset, or of several inputs."""
    if isinstance(X, RepeatedRows):
        return len(X)
    if has_several_inputs(X) and not hasattr(X, "shape"):
        return n_rows_of_inputs(X)
    return _num_samples(X)


def written_out(X: Any) -> Any:
    """X for a classifier that takes one label per row: repeated rows are copied."""
    return take_rows(X.source, X.rows) if isinstance(X, RepeatedRows) else X


def rows_kind(X: Any) -> str | None:
    """ "sparse" or "table" for rows of numbers in columns; None for images and Datasets."""
    X = each_once(X)
    if sparse.issparse(X):
        return "sparse"
    return "table" if hasattr(X, "dtype") and len(X.shape) == 2 else None


def sample_shape(X: Any) -> tuple[int, ...] | None:
    """Shape of one row, for which a Dataset is asked for its first; None if that has none."""
    X = each_once(X)
    if hasattr(X, "shape"):
        return tuple(X.shape[1:])
    item = X[0]
    row = item[0] if isinstance(item, tuple | list) else item
    return tuple(row.shape) if hasattr(row, "shape") else None
