"""The confusion matrix of clean labels, from noisy ones, as a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_numbers
from .._hints import SEE_ERRORS
from ..metrics import noise_corrected_confusion_matrix
from ._display import PredictionDisplay
from ._matrix_display import MatrixDisplay, check_display_labels


class NoiseCorrectedConfusionMatrixDisplay(MatrixDisplay, PredictionDisplay):
    """The confusion matrix of clean labels and predictions, estimated from noisy labels.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one.

    Parameters
    ----------
    confusion_matrix : array-like of shape (n_classes, n_classes)
        Clean labels in rows, predictions in columns.
    display_labels : array-like of shape (n_classes,), default=None
        Names of the classes; None writes their numbers.

    Attributes
    ----------
    im_, text_, colorbar_, ax_, figure_ : matplotlib objects
        `text_` and `colorbar_` are None where not drawn.

    See Also
    --------
    sknoisy.metrics.noise_corrected_confusion_matrix : The numbers that are drawn.
    sklearn.metrics.ConfusionMatrixDisplay : The counterpart for clean labels.

    Examples
    --------
    >>> from sknoisy.inspection import NoiseCorrectedConfusionMatrixDisplay
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> display = NoiseCorrectedConfusionMatrixDisplay.from_predictions(y_noisy, y_pred, T)
    >>> display.confusion_matrix.round(2)
    array([[1., 0.],
           [0., 1.]])
    """

    _matrix_name = "confusion_matrix"
    _columns = "Predicted label"
    _response = "predict", "y_pred"

    def __init__(
        self, confusion_matrix: ArrayLike, *, display_labels: ArrayLike | None = None
    ) -> None:
        K = "n_classes"
        matrix = check_numbers(confusion_matrix, "confusion_matrix", f"({K}, {K})")
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(
                f"confusion_matrix must be square; got shape {matrix.shape}. {SEE_ERRORS}"
            )
        self.confusion_matrix = matrix
        self.display_labels = check_display_labels(display_labels, len(matrix))

    @classmethod
    def from_predictions(
        cls,
        y_noisy: ArrayLike,
        y_pred: ArrayLike,
        transition_matrix: ArrayLike,
        *,
        classes: ArrayLike | None = None,
        normalize: str = "true",
        sample_weight: ArrayLike | None = None,
        **options: Any,
    ) -> NoiseCorrectedConfusionMatrixDisplay:
        """Draw it for predictions.

        Parameters
        ----------
        y_noisy, y_pred, transition_matrix, sample_weight
            As for :func:`~sknoisy.metrics.noise_corrected_confusion_matrix`.
        classes : array-like of shape (n_classes,), default=None
            Labels in the order of T; default: all labels, sorted.
        normalize : {"true", "pred", "all"}, default="true"
            Whether rows, columns or all entries sum to 1.
        **options
            As for :meth:`plot`.
        """
        data = y_noisy, y_pred, transition_matrix
        matrix = noise_corrected_confusion_matrix(
            *data, classes=classes, normalize=normalize, sample_weight=sample_weight
        )
        if classes is None:
            classes = np.unique(np.concatenate([np.asarray(y_noisy), np.asarray(y_pred)]))
        return cls(matrix, display_labels=classes).plot(**options)
