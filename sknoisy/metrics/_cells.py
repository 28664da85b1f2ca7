"""Noisy labels against predictions, counted: what all scores of predicted labels start from.

With ``M[a, b] = P(noisy = a, predicted = b)`` and ``R = inv(T)``, the joint of clean label and
prediction is ``R.T @ M``. It is a mean over rows, so that each score of it is a smooth function of
a mean: its standard error follows from the influence of a row, which depends only on the cell
(a, b) in which it lies.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Unpack

from .._warn import warn
from ._inputs import Array, RowOptions, check_weights, resolve
from ._score import small_sample_factor

# By chance once in a thousand times.
MOST_ERRORS = 3.0


class Cells(NamedTuple):
    """Share of each cell (noisy, predicted), and what the variance of a mean over cells needs."""

    share: Array  # (K, K), sums to 1
    squared_weight: Array  # (K, K), sums of squared weights, with the small-sample factor

    def std(self, influence: Array) -> float:
        """Standard error of a mean whose rows have this influence, by cell."""
        centred = influence - (self.share * influence).sum()
        return float(np.sqrt((self.squared_weight * centred**2).sum()))


def cells_of(
    y_noisy: NDArray[np.intp], y_pred: NDArray[np.intp], weights: Array, n_classes: int
) -> Cells:
    """Sum the weights of the rows in each cell."""
    K, cell = n_classes, y_noisy * n_classes + y_pred
    share = np.bincount(cell, weights, minlength=K * K).astype(np.float64)
    squared = np.bincount(cell, weights**2, minlength=K * K) * small_sample_factor(weights)
    return Cells(share.reshape(K, K), squared.astype(np.float64).reshape(K, K))


def read_cells(
    y_noisy: ArrayLike, y_pred: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> tuple[Array, NDArray[Any], Cells]:
    """T, the classes in its order, and the cells."""
    classes = rows.get("classes")
    T, classes, noisy, predicted = resolve(
        transition_matrix, classes, y_noisy=y_noisy, y_pred=y_pred
    )
    weights = check_weights(rows.get("sample_weight"), len(noisy))
    return T, classes, cells_of(noisy, predicted, weights, len(T))


def warn_if_cleaner(cells: Cells, T: Array) -> None:
    """Warn if labels agree with predictions more often than T allows even where all are right.

    By more than `MOST_ERRORS` standard errors of that many right predictions.
    """
    R = np.linalg.pinv(T)
    accuracy = float((cells.share * R).sum())
    of_cell = ((T * R.T**2).sum(axis=1) - 1) * cells.squared_weight.sum(axis=0)
    limit = 1 + MOST_ERRORS * float(np.sqrt(np.maximum(of_cell, 0).sum()))
    if accuracy > limit:
        warn(
            f"The labels are cleaner than transition_matrix says: they agree with the predictions "
            f"in {np.trace(cells.share):.1%} of the rows, more often than even right predictions "
            f"would (corrected accuracy {accuracy:.3g}, by chance up to {limit:.3g}). Give clean "
            f"labels to scikit-learn's own scores; else estimate T on rows such as these.",
        )
