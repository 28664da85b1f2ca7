"""Statistics of the columns of a table, by which a network scales its input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Array = NDArray[np.float64]

# Quantiles of more rows would hardly differ, nor those of fewer where there are many columns.
MAX_ROWS, MAX_ROWS_OF_WIDE = 20_000, 4000
ROWS_AT_A_TIME = 4096
NUMBERS_AT_A_TIME = 2**22
# Of a normal distribution: the distance of the quartiles in standard deviations.
QUARTILES_APART = 1.349
# Cumulated weights that differ by less are the same: weights may be scaled.
ROUNDING = 1e-9


def row_weights(sample_weight: ArrayLike | None, X: Any) -> Array:
    """The weights of rows, 1 where there are none."""
    if sample_weight is None:
        return np.ones(X.shape[0])
    return np.asarray(sample_weight, dtype=np.float64)


def location_and_scale(X: Any, weights: Array, precision: float) -> tuple[Array, Array]:
    """A location and a scale of each column of an array or sparse matrix.

    The median and the distance of the quartiles, over 1.349; mean and standard deviation where
    the quartiles are the same, as in a column of few values. The scale is infinite where numbers
    of a relative `precision` show no spread. Weights count how often a row is there.
    """
    rows = sampled(weights, X.shape[1])
    location, scale = np.empty(X.shape[1]), np.empty(X.shape[1])
    step = max(1, NUMBERS_AT_A_TIME // len(rows))
    sample = _rows(X, rows) if step >= X.shape[1] else None
    for start in range(0, X.shape[1], step):
        columns = slice(start, start + step)
        block = _dense(X[rows][:, columns] if sample is None else sample[:, columns])
        low, location[columns], high = weighted_quantiles(block, weights[rows], (0.25, 0.5, 0.75))
        scale[columns] = (high - low) / QUARTILES_APART
    few = np.flatnonzero(scale <= 4 * precision * np.abs(location))
    if len(few):
        location[few], scale[few] = _mean_and_std(X, weights, few, location[few])
    scale[scale <= 4 * precision * np.abs(location)] = np.inf
    return location, scale


class Rows(NamedTuple):
    """Dense rows and how often each counts."""

    values: Array
    weights: Array


def sample_of_rows(X: Any, weights: Array) -> Rows:
    """The rows that statistics of columns are read off, all unless there are very many."""
    rows = sampled(weights, X.shape[1])
    return Rows(_dense(_rows(X, rows)), weights[rows])


def sampled(weights: Array, n_columns: int) -> NDArray[np.intp]:
    """Numbers of rows of positive weight, evenly chosen if they are very many."""
    rows = np.flatnonzero(weights)
    most = min(MAX_ROWS, max(MAX_ROWS_OF_WIDE, NUMBERS_AT_A_TIME // n_columns))
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]
    return rows


def weighted_quantiles(
    values: Array, weights: Array, quantiles: tuple[float, ...]
) -> tuple[Array, ...]:
    """Quantiles of each column; one that falls between two values is their mean.

    A weight of 2 counts as two rows.
    """
    order = np.argsort(values, axis=0, kind="stable")
    share = np.cumsum(weights[order], axis=0)
    share = share / share[-1]
    found = []
    for q in quantiles:
        lower = (share >= q - ROUNDING).argmax(axis=0)
        above = share > q + ROUNDING
        upper = np.where(above.any(axis=0), above.argmax(axis=0), len(order) - 1)
        pair = np.take_along_axis(values, order[[lower, upper], np.arange(values.shape[1])], axis=0)
        found.append(pair.mean(axis=0))
    return tuple(found)


def sparse_scale(X: Any, weights: Array) -> Array:
    """The root mean square of the non-zero entries of each column; infinite without any."""
    squares, n_entries = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for rows in _blocks(len(weights)):
        block, of_row = X[rows], weights[rows]
        values = block.data.astype(np.float64)
        of_entry = np.repeat(of_row, np.diff(block.indptr))
        squares += np.bincount(block.indices, of_entry * values**2, minlength=X.shape[1])
        n_entries += np.bincount(block.indices, of_entry * (values != 0), minlength=X.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(squares / n_entries)
    return np.where(scale > 0, scale, np.inf)


def _mean_and_std(
    X: Any, weights: Array, columns: NDArray[np.intp], near: Array
) -> tuple[Array, Array]:
    """Of some columns, from all rows; `near` is a value of each, for the sake of rounding."""
    total, first, second = weights.sum(), np.zeros(len(columns)), np.zeros(len(columns))
    for rows in _blocks(len(weights)):
        block = _dense(X[rows][:, columns]) - near
        first += weights[rows] @ block
        second += weights[rows] @ block**2
    mean = first / total
    return near + mean, np.sqrt(np.maximum(second / total - mean**2, 0))


def _rows(X: Any, rows: NDArray[np.intp]) -> Any:
    return X if len(rows) == X.shape[0] and isinstance(X, np.ndarray) else X[rows]


def _blocks(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, ROWS_AT_A_TIME):
        yield slice(start, start + ROWS_AT_A_TIME)


def _dense(X: Any) -> Array:
    return np.asarray(X.toarray() if sparse.issparse(X) else X, dtype=np.float64)
