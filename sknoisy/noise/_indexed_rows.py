"""Rows of an array, repeated and reordered without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._equal_rows import hashes, in_order_of_appearance
from .._hints import SEE_ERRORS

# Of the source, looked at together.
ROWS_AT_A_TIME = 4096


class IndexedRows:
    """The rows ``X[indices]`` as a sequence that copies only what is asked for.

    A hundred copies of a data set cost one index per row. Slices and index arrays come back as
    numpy arrays, ready as batches; `subset` stays a view. ``numpy.asarray`` is refused, for it
    would quietly take all the memory that the view saves; `to_numpy` does it on request.

    Parameters
    ----------
    X : ndarray of shape (n_rows, ...)
        Or a memory map: anything with `shape` and `dtype` whose ``X[index_array]`` is an array.
    indices : array-like of int of shape (n_samples,)
        Rows of `X` in order; from ``n_rows`` on, rows of `other`.
    other : ndarray of shape (n_other, ...), default=None
        More rows, numbered after those of `X`.

    Attributes
    ----------
    indices : ndarray of int of shape (n_samples,)
    shape, ndim, dtype
        As of an array of these rows.

    Raises
    ------
    TypeError, ValueError
        If `X` or `other` is no array, an index is out of range, or the rows differ in shape.

    See Also
    --------
    dilute : Returns its rows as such a view.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> rows = IndexedRows(X, [0, 1, 1, 1])
    >>> rows.shape
    (4, 2)
    >>> rows[2:]
    array([[3., 4.],
           [3., 4.]])
    """

    def __init__(self, X: Any, indices: ArrayLike, other: Any = None) -> None:
        _check_rows(X, other)
        self.indices = _check_indices(indices, len(X) + (0 if other is None else len(other)))
        self._X = X
        self._other = other

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._X.shape[1:])

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        if self._other is None:
            return self._X.dtype
        return np.result_type(self._X.dtype, self._other.dtype)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        rows = self.indices[key]
        if self._other is None:
            return self._X[rows]
        from_other = rows >= len(self._X)
        batch = np.empty((*np.shape(rows), *self.shape[1:]), dtype=self.dtype)
        batch[~from_other] = self._X[rows[~from_other]]
        batch[from_other] = self._other[rows[from_other] - len(self._X)]
        return batch

    def subset(self, rows: ArrayLike | slice) -> IndexedRows:
        """Return the view of some rows of this one, such as a split for validation.

        Parameters
        ----------
        rows : array-like of int or bool, or slice
            Which rows, by number or mask.

        Returns
        -------
        IndexedRows
        """
        key = rows if isinstance(rows, slice) else np.asarray(rows)
        return IndexedRows(self._X, self.indices[key], self._other)

    def check_finite(self) -> None:
        """Raise a ValueError if a row holds NaN or infinity; each is looked at once."""
        used = self._used()
        sources = [(self._X, 0), *([] if self._other is None else [(self._other, len(self._X))])]
        for source, first in sources:
            if source.dtype.kind != "f":
                continue
            numbers = np.flatnonzero(used[first : first + len(source)])
            for start in range(0, len(numbers), ROWS_AT_A_TIME):
                some = numbers[start : start + ROWS_AT_A_TIME]
                finite = np.isfinite(source[some]).reshape(len(some), -1).all(axis=1)
                if not finite.all():
                    raise ValueError(
                        f"Input X contains NaN or infinity: row {first + some[finite.argmin()]} "
                        f"of what `indices` counts."
                        f" {SEE_ERRORS}"
                    )

    def equal_rows(self) -> NDArray[np.intp]:
        """Number the rows by their content, from 0 in order of appearance; copies nothing."""
        used = self._used()
        distinct = IndexedRows(self._X, np.flatnonzero(used), self._other)
        place = np.cumsum(used) - 1
        numbers = in_order_of_appearance(hashes(distinct))
        return in_order_of_appearance(numbers[place[self.indices]])

    def _used(self) -> NDArray[np.bool_]:
        """Which rows of X, and then of `other`, are among these."""
        used = np.zeros(len(self._X) + (0 if self._other is None else len(self._other)), bool)
        used[self.indices] = True
        return used

    def to_numpy(self) -> NDArray[Any]:
        """All rows as one array of shape (n_samples, ...), with all the memory that takes."""
        return self[:]

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        gigabytes = np.prod(self.shape, dtype=float) * self.dtype.itemsize / 1e9
        raise TypeError(
            f"An array of all rows of this view would take {gigabytes:.3g} GB. Take batches, "
            f"view[start:stop] or view[index_array], or ask for it with view.to_numpy()."
            f" {SEE_ERRORS}"
        )

    def __repr__(self) -> str:
        return f"IndexedRows(shape={self.shape}, dtype={self.dtype})"


def _check_rows(X: Any, other: Any) -> None:
    for name, rows in (("X", X), ("other", other)):
        # A DataFrame would take the row numbers for names of columns.
        if (name == "X" or rows is not None) and (
            hasattr(rows, "iloc") or len(getattr(rows, "shape", ())) == 0
        ):
            raise TypeError(
                f"{name} must be a numpy array; got {type(rows).__name__}. Convert it first, "
                f"for example with {name}.to_numpy() or numpy.asarray({name})."
                f" {SEE_ERRORS}"
            )
    if other is not None and X.shape[1:] != other.shape[1:]:
        raise ValueError(
            f"The rows of other must have the shape of those of X, {X.shape[1:]}; "
            f"got {other.shape[1:]}."
            f" {SEE_ERRORS}"
        )


def _check_indices(indices: ArrayLike, n_rows: int) -> NDArray[Any]:
    try:
        array = np.asarray(indices)
    except ValueError as error:
        raise ValueError(
            f"indices must be a 1-D array of ints; got {error} {SEE_ERRORS}"
        ) from error
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(
            f"indices must be a 1-D array of ints; got {array.dtype} of shape {array.shape}."
            f" {SEE_ERRORS}"
        )
    if len(array) and not (0 <= array.min() and array.max() < n_rows):
        raise ValueError(
            f"indices must lie in [0, {n_rows}), the rows of X and other; "
            f"got {array.min()} to {array.max()}."
            f" {SEE_ERRORS}"
        )
    return array
