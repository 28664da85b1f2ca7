"""The confusion matrix of clean labels, from noisy ones, as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..metrics import noise_corrected_confusion_matrix
from ._matplotlib import COLOUR_MAP, draw_matrix, new_axes
from ._source import resolve_transition_matrix


class NoiseCorrectedConfusionMatrixDisplay:
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
    im_ : matplotlib image
    text_ : ndarray of shape (n_classes, n_classes) of matplotlib texts, or None
        None where the classes are too many to read numbers.
    colorbar_ : matplotlib colour bar or None
    ax_, figure_ : matplotlib axes and figure

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

    def __init__(
        self, confusion_matrix: ArrayLike, *, display_labels: ArrayLike | None = None
    ) -> None:
        self.confusion_matrix = np.asarray(confusion_matrix, dtype=np.float64)
        self.display_labels = display_labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y_noisy: ArrayLike,
        transition_matrix: ArrayLike | None = None,
        *,
        normalize: str = "true",
        sample_weight: ArrayLike | None = None,
        ax: Any = None,
        **options: Any,
    ) -> NoiseCorrectedConfusionMatrixDisplay:
        """Draw it for a fitted classifier on rows it was not trained on.

        Parameters
        ----------
        estimator : fitted classifier
            Predicts clean labels.
        X : rows as for its `predict`
        y_noisy : array-like of shape (n_samples,)
            Noisy labels of any type.
        transition_matrix : array-like of shape (n_classes, n_classes), default=None
            T in the order of `classes_`; None takes the classifier's own `transition_matrix_`.
        normalize : {"true", "pred", "all"}, default="true"
            As for :func:`~sknoisy.metrics.noise_corrected_confusion_matrix`.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        **options
            As for :meth:`plot`.

        Returns
        -------
        NoiseCorrectedConfusionMatrixDisplay
        """
        return cls.from_predictions(
            y_noisy,
            estimator.predict(X),
            resolve_transition_matrix(estimator, transition_matrix),
            classes=estimator.classes_,
            normalize=normalize,
            sample_weight=sample_weight,
            ax=ax,
            **options,
        )

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
        ax: Any = None,
        **options: Any,
    ) -> NoiseCorrectedConfusionMatrixDisplay:
        """Draw it for predictions.

        Parameters
        ----------
        y_noisy, y_pred : array-like of shape (n_samples,)
            Noisy labels and predictions.
        transition_matrix : array-like of shape (n_classes, n_classes)
            ``T[i, j] = P(noisy = j | clean = i)``.
        classes : array-like of shape (n_classes,), default=None
            Labels in the order of T; default: all labels, sorted.
        normalize, sample_weight, ax, **options
            As for :meth:`from_estimator`.

        Returns
        -------
        NoiseCorrectedConfusionMatrixDisplay
        """
        matrix = noise_corrected_confusion_matrix(
            y_noisy,
            y_pred,
            transition_matrix,
            classes=classes,
            normalize=normalize,
            sample_weight=sample_weight,
        )
        if classes is None:
            classes = np.unique(np.concatenate([np.asarray(y_noisy), np.asarray(y_pred)]))
        return cls(matrix, display_labels=classes).plot(ax=ax, **options)

    def plot(
        self,
        ax: Any = None,
        *,
        cmap: str = COLOUR_MAP,
        include_values: bool = True,
        values_format: str = ".2f",
        colorbar: bool = True,
    ) -> NoiseCorrectedConfusionMatrixDisplay:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        cmap : str, default="cividis"
            Colour map; the default is told apart by all kinds of colour vision. Beyond 12
            classes it follows the square root, so that rare confusions show too.
        include_values : bool, default=True
            Numbers in the cells, up to 12 classes.
        values_format : str, default=".2f"
            Of these numbers.
        colorbar : bool, default=True
            Whether to add one.

        Returns
        -------
        NoiseCorrectedConfusionMatrixDisplay
            Itself.
        """
        self.ax_ = new_axes(ax)
        texts = np.vectorize(lambda value: format(value, values_format), otypes=[object])
        self.im_, self.text_, self.colorbar_ = draw_matrix(
            self.ax_,
            self.confusion_matrix,
            self.display_labels,
            rows="Clean label",
            columns="Predicted label",
            texts=texts(self.confusion_matrix) if include_values else None,
            cmap=cmap,
            colorbar=colorbar,
            vmax=None,
        )
        self.figure_ = self.ax_.figure
        return self
