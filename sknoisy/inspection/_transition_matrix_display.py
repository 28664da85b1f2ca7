"""T as a figure, with its uncertainty."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer, check_number, check_numbers
from .._hints import SEE_ERRORS
from .._labels import encode_labels, sort_classes
from .._transition import check_transition_matrix
from .._transition import estimate as estimate_from_posteriors
from .._warn import warn_of
from ..metrics._inputs import check_proba
from ._display import fitted_holder
from ._matrix_display import MatrixDisplay, check_display_labels, format_values

MOST_CLASSES_WITH_LIMITS = 5  # They do not fit into the cells of more.


class TransitionMatrixDisplay(MatrixDisplay):
    """The noise transition matrix as an image, with intervals up to five classes.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one.

    Parameters
    ----------
    transition_matrix : array-like of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``; rows sum to 1.
    interval : array-like of shape (2, n_classes, n_classes), default=None
        Lower and upper limits of the entries.
    display_labels : array-like of shape (n_classes,), default=None
        Names of the classes; None writes their numbers.

    Attributes
    ----------
    im_, text_, colorbar_, ax_, figure_ : matplotlib objects
        `text_` and `colorbar_` are None where not drawn.

    See Also
    --------
    sknoisy.TransitionMatrixEstimator : Estimates T and its intervals.
    NoiseCorrectedConfusionMatrixDisplay : Clean labels against predictions.

    Examples
    --------
    >>> from sknoisy.inspection import TransitionMatrixDisplay
    >>> display = TransitionMatrixDisplay([[0.8, 0.2], [0.1, 0.9]], display_labels=["cat", "dog"])
    >>> display.plot().text_[0, 1].get_text()
    '0.20'
    """

    _matrix_name = "transition_matrix"
    _columns = "Noisy label"
    _largest = 1.0

    def __init__(
        self,
        transition_matrix: ArrayLike,
        *,
        interval: ArrayLike | None = None,
        display_labels: ArrayLike | None = None,
    ) -> None:
        self.transition_matrix = check_transition_matrix(transition_matrix)
        self.interval = None
        if interval is not None:
            shape = (2, *self.transition_matrix.shape)
            self.interval = check_numbers(interval, "interval", str(shape))
            if self.interval.shape != shape or np.isnan(self.interval).any():
                raise ValueError(
                    f"interval must hold the limits of each entry of T, of shape {shape}; got "
                    f"{self.interval.shape}, or NaN."
                    f" {SEE_ERRORS}"
                )
        self.display_labels = check_display_labels(display_labels, len(self.transition_matrix))

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        confidence_level: float | None = 0.95,
        n_bootstrap: int = 50,
        **options: Any,
    ) -> TransitionMatrixDisplay:
        """Draw the T of a fitted estimator of T or corrected classifier.

        Parameters
        ----------
        estimator : fitted estimator
            With `transition_matrix_`, perhaps inside a Pipeline or search.
        confidence_level : float in (0, 1) or None, default=0.95
            Of the intervals, where T was estimated by a `TransitionMatrixEstimator`; None leaves
            them out.
        n_bootstrap : int, default=50
            Samples behind them.
        **options
            As for :meth:`plot`.
        """
        holder = fitted_holder(estimator, "transition_matrix_", "Pass an estimator of T.")
        source = getattr(holder, "transition_matrix_estimator_", holder)
        interval = None
        if confidence_level is not None and hasattr(source, "interval"):
            interval = source.interval(confidence_level, n_bootstrap=n_bootstrap)
        labels = getattr(holder, "classes_", None)
        display = cls(holder.transition_matrix_, interval=interval, display_labels=labels)
        return display.plot(**options)

    @classmethod
    def from_predictions(
        cls,
        noisy_proba: ArrayLike,
        y_noisy: ArrayLike,
        *,
        method: Any = "auto",
        classes: ArrayLike | None = None,
        confidence_level: float | None = 0.95,
        n_bootstrap: int = 50,
        **options: Any,
    ) -> TransitionMatrixDisplay:
        """Estimate T from out-of-fold posteriors of the noisy labels, and draw it.

        Parameters
        ----------
        noisy_proba : array-like of shape (n_samples, n_classes)
            ``P(noisy = j | x)`` by classifiers that were not trained on the rows.
        y_noisy : array-like of shape (n_samples,)
            Noisy labels of any type.
        method : str or callable, default="auto"
            As for :class:`~sknoisy.TransitionMatrixEstimator`.
        classes : array-like of shape (n_classes,), default=None
            All labels, whose sorted order is that of the columns; default: those in `y_noisy`.
        confidence_level, n_bootstrap, **options
            As for :meth:`from_estimator`.
        """
        check_integer(n_bootstrap, "n_bootstrap", 2)
        if confidence_level is not None:
            check_number(confidence_level, "confidence_level", "(0, 1)")
        known = None if classes is None else sort_classes(classes)
        y, labels = encode_labels(y_noisy, known, name="y_noisy")
        proba = check_numbers(noisy_proba, "noisy_proba", f"({len(y)}, {len(labels)})")
        if len(labels) < 2 or proba.shape != (len(y), len(labels)):
            raise ValueError(
                f"noisy_proba must have shape ({len(y)}, {len(labels)}), a row per label and a "
                f"column per class, of which there must be at least 2; got {proba.shape}."
                f" {SEE_ERRORS}"
            )
        proba = check_proba(proba, len(labels), name="noisy_proba")
        estimate = estimate_from_posteriors(proba, y, method=method)
        warn_of(estimate.doubts(labels))
        interval = None
        if confidence_level is not None:
            interval = estimate.interval(confidence_level, n_bootstrap)
        T = estimate.transition_matrix
        return cls(T, interval=interval, display_labels=labels).plot(**options)

    def _cell_texts(self, values_format: str) -> NDArray[Any]:
        texts = super()._cell_texts(values_format)
        if self.interval is not None and len(texts) <= MOST_CLASSES_WITH_LIMITS:
            low, high = format_values(self.interval, values_format)
            texts = texts + "\n(" + low + " to " + high + ")"
        return texts
