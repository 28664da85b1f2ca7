"""Does a network know all classes? Seen from noisy labels and T, without clean labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._net import predict_proba
from .._transition import MIN_ROWS_PER_CLASS, clean_prior
from .._validation import TrainingSet, take_rows

# Rows that are asked.
LOOKED_AT = 2000
# A class is lost with less than this share of what it should have.
LOST = 0.1
# Standard errors that a share must reach to be expected at all; T may not be exact either.
UNCERTAIN = 4.0


class ClassShares:
    """The share of each class in what a network says, beside the one that y and T imply.

    Parameters
    ----------
    data : TrainingSet
        Rows and noisy labels, all of one weight.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        Rows sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy._validation import TrainingSet
    >>> X, y = np.zeros((400, 1)), np.repeat([0, 1], 200)
    >>> data = TrainingSet(X, y, np.arange(2), None, None, None)
    >>> ClassShares(data, np.array([[0.8, 0.2], [0.2, 0.8]])).implied
    array([0.5, 0.5])
    """

    def __init__(self, data: TrainingSet, transition_matrix: NDArray[np.float64]) -> None:
        n_rows, K = len(data.y), len(transition_matrix)
        self.rows = np.unique(np.linspace(0, n_rows - 1, min(n_rows, LOOKED_AT)).astype(np.intp))
        self.X = data.X
        noisy = np.bincount(data.y, minlength=K) / n_rows
        self.implied = clean_prior(transition_matrix, noisy)
        uncertain = UNCERTAIN * _standard_errors(transition_matrix, noisy, n_rows)
        self.expected = self.implied > np.maximum(0.25 / K, uncertain)
        self.expected &= self.implied * len(self.rows) >= MIN_ROWS_PER_CLASS

    def lost(self, net: Any) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Classes that a net of clean posteriors hardly ever names, and the shares of all."""
        found = predict_proba(net, take_rows(self.X, self.rows)).mean(axis=0)
        return np.flatnonzero(self.expected & (found < LOST * self.implied)), found


def _standard_errors(
    transition_matrix: NDArray[np.float64], noisy: NDArray[np.float64], n_rows: int
) -> NDArray[np.float64]:
    """Of the implied shares: what chance does to those of the labels, blown up by inv(T)."""
    try:
        inverse = np.linalg.inv(transition_matrix)
    except np.linalg.LinAlgError:
        return np.full(len(noisy), np.inf)
    return np.sqrt(np.maximum(noisy @ inverse**2 - (noisy @ inverse) ** 2, 0) / n_rows)
