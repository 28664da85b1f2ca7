"""Types of arrays, counts to rows of probabilities, and weights of rows."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.integer]  # Class numbers.

MIN_ROWS_PER_CLASS = 30
# The prior belief that a label is right, in rows per class that count beside those of the data:
# nothing against thousands, but thirty rows of pure noise then do not turn a class upside down.
PRIOR_ROWS = 5.0
TINY = float(np.finfo(float).tiny)
BITS = 33  # Of a posterior: ten digits.


def normalize_rows(counts: Array) -> Array:
    """Divide each row by its sum; a row without counts becomes the identity's."""
    rows = row_shares(counts)
    empty = counts.sum(axis=1) == 0
    rows[empty] = np.eye(len(counts))[empty]
    return rows


def row_shares(counts: Array) -> Array:
    """Divide each row by its sum; a row without counts stays zero."""
    sums = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, sums, out=np.zeros(counts.shape), where=sums > 0)


def cross_counts(rows: Codes, columns: Codes, n_classes: int, weights: Array | None) -> Array:
    """Weights of the pairs of two class numbers, of shape (n_classes, n_classes)."""
    cells = np.bincount(rows * n_classes + columns, weights, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.float64)


def row_weights(sample_weight: ArrayLike | None, n_samples: int) -> Array:
    """How often each row counts: a row of weight 2 is two rows."""
    if sample_weight is None:
        return np.ones(n_samples)
    return np.asarray(sample_weight, dtype=np.float64)


def ten_digits(proba: Array) -> Array:
    """Posteriors without their last bits, which vary with a row's place in a matrix product."""
    fraction, exponent = np.frexp(proba)
    return np.ldexp(np.rint(np.ldexp(fraction, BITS)), exponent - BITS)
