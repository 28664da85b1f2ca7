"""Counts to rows of probabilities, and the weights of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIN_ROWS_PER_CLASS = 30
# The prior belief that a label is right, in rows per class that count beside those of the data:
# nothing against thousands, but thirty rows of pure noise then do not turn a class upside down.
PRIOR_ROWS = 5.0


def normalize_rows(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide each row by its sum; a row without counts becomes the identity's.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_classes)
        Non-negative numbers.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> normalize_rows(np.array([[3.0, 1.0], [0.0, 0.0]]))
    array([[0.75, 0.25],
           [0.  , 1.  ]])
    """
    rows = row_shares(counts)
    empty = counts.sum(axis=1) == 0
    rows[empty] = np.eye(len(counts))[empty]
    return rows


def row_shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, sums, out=np.zeros(counts.shape), where=sums > 0)


def row_weights(sample_weight: ArrayLike | None, n_samples: int) -> NDArray[np.float64]:
    """Weights of mean 1, so that their scale does not matter."""
    if sample_weight is None:
        return np.ones(n_samples)
    weights = np.asarray(sample_weight, dtype=np.float64)
    return weights / weights.mean()
