"""Which rows are equal, found by hashing their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from torch.utils.data import Dataset, Subset, TensorDataset

from ._labels import is_missing

Numbers = NDArray[np.intp]

VALUES_AT_A_TIME = 2**18  # They stay in the cache of the processor.
MIXER = np.uint64(0x9E3779B97F4A7C15)


def equal_rows(X: Any) -> Numbers:
    """Number the rows from 0 in order of first appearance; equal rows have the same number.

    X is an array, a sparse matrix, a frame, a list, :class:`~sknoisy.noise.IndexedRows`, a dict or
    tuple of several inputs, or a Dataset. Missing values are equal. Rows that only a look at each
    would show, such as those of a Dataset that reads files, all have a number of their own, except
    where a Subset repeats them.

    Examples
    --------
    >>> equal_rows(np.array([[1.0, np.nan], [0.0, 2.0], [1.0, np.nan]]))
    array([0, 1, 0])
    """
    if hasattr(X, "equal_rows"):
        return X.equal_rows()
    if isinstance(X, Subset):
        return in_order_of_appearance(equal_rows(X.dataset)[np.asarray(X.indices, dtype=np.intp)])
    if isinstance(X, Sequence) and hasattr(X, "dataset") and hasattr(X, "indices_"):
        # skorch's SliceDataset, which would read all items to be an array.
        return in_order_of_appearance(equal_rows(X.dataset)[np.asarray(X.indices_, dtype=np.intp)])
    if isinstance(X, TensorDataset):
        return equal_rows(X.tensors[0].numpy(force=True))
    if isinstance(X, Mapping) or (isinstance(X, tuple) and all(hasattr(x, "shape") for x in X)):
        inputs = [X[name] for name in X] if isinstance(X, Mapping) else X
        return in_order_of_appearance(hashes(np.column_stack([equal_rows(x) for x in inputs])))
    if isinstance(X, list | tuple):
        return in_order_of_appearance(np.array([_hash_of_object(row) for row in X]))
    if isinstance(X, Dataset) or not hasattr(X, "shape"):
        return np.arange(len(X))  # type: ignore[arg-type]
    return in_order_of_appearance(_hashes_of_sparse(X) if sparse.issparse(X) else _hashes_of(X))


def in_order_of_appearance(keys: NDArray[Any]) -> Numbers:
    """Number keys from 0 in the order in which they first appear."""
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number.reshape(-1)]


def hashes(rows: Any) -> NDArray[Any]:
    """A hash of each row of an array, or of anything whose slices are arrays."""
    n_rows, n_values = len(rows), int(np.prod(rows.shape[1:]))
    if n_values == 0:
        return np.arange(n_rows)
    if rows.dtype.kind not in "biufmM":
        return np.array([_hash_of_object(row) for row in rows])
    multipliers = _multipliers(n_values)
    step = max(1, VALUES_AT_A_TIME // n_values)
    found = np.empty(n_rows, dtype=np.uint64)
    for start in range(0, n_rows, step):
        block = np.asarray(rows[start : start + step])
        words = _mixed(block).reshape(len(block), n_values)
        words *= multipliers
        found[start : start + step] = words.sum(axis=1)
    return found


def _hashes_of(X: Any) -> NDArray[Any]:
    """Those of a frame or an array."""
    if hasattr(X, "hash_rows"):
        return np.asarray(X.hash_rows().to_numpy())
    if hasattr(X, "iloc"):
        from pandas.util import hash_pandas_object

        try:
            return np.asarray(hash_pandas_object(X, index=False).to_numpy())
        except TypeError:  # Its cells hold lists.
            return hashes(X.to_numpy(dtype=object))
    return hashes(X if isinstance(getattr(X, "dtype", None), np.dtype) else np.asarray(X))


def _hashes_of_sparse(X: Any) -> NDArray[np.uint64]:
    """Those of the dense rows: a value of zero adds nothing."""
    csr = X.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    words = _mixed(csr.data) * _multipliers(csr.shape[1])[csr.indices]
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(words, dtype=np.uint64)])
    return sums[csr.indptr[1:]] - sums[csr.indptr[:-1]]


def _mixed(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Values as 64 bits that all depend on all bits of the value; zero stays zero."""
    if values.dtype.kind == "f":
        floats = values + np.float64(0)  # A negative zero becomes the other one.
        floats[np.isnan(floats)] = np.nan
        words = floats.astype(np.float64, copy=False).view(np.uint64)
    elif values.dtype.kind in "mM":
        words = values.astype(np.int64).view(np.uint64)
    else:
        words = values.astype(np.uint64)
    words = words ^ (words >> np.uint64(32))
    words *= MIXER
    words ^= words >> np.uint64(29)
    return words


def _multipliers(n_values: int) -> NDArray[np.uint64]:
    """Random odd numbers, one for each place of a row."""
    bits = np.random.default_rng(0).integers(2**63, size=n_values, dtype=np.uint64)
    return 2 * bits + np.uint64(1)


def _hash_of_object(row: Any) -> int:
    values = np.asarray(row, dtype=object).ravel().tolist()
    try:
        # NaN is not equal to itself.
        return hash(tuple(None if is_missing(value) else value for value in values))
    except (TypeError, ValueError):  # Lists and arrays are known by what they show.
        return hash(repr(values))
