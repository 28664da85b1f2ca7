"""T as a picture, with its uncertainty."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._transition import check_transition_matrix
from .._transition import estimate as estimate_from_posteriors
from .._validation import encode_labels
from ._matplotlib import COLOUR_MAP, draw_matrix, new_axes


class TransitionMatrixDisplay:
    """The noise transition matrix as an image, with intervals where there are few classes.

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
    im_ : matplotlib image
    text_ : ndarray of shape (n_classes, n_classes) of matplotlib texts, or None
        None where the classes are too many to read numbers.
    colorbar_ : matplotlib colour bar or None
    ax_, figure_ : matplotlib axes and figure

    Raises
    ------
    ValueError
        If T is not row-stochastic.

    Examples
    --------
    >>> from sknoisy.inspection import TransitionMatrixDisplay
    >>> display = TransitionMatrixDisplay([[0.8, 0.2], [0.1, 0.9]], display_labels=["cat", "dog"])
    >>> display.plot().text_[0, 1].get_text()
    '0.20'
    """

    def __init__(
        self,
        transition_matrix: ArrayLike,
        *,
        interval: ArrayLike | None = None,
        display_labels: ArrayLike | None = None,
    ) -> None:
        self.transition_matrix = check_transition_matrix(transition_matrix)
        self.interval = None if interval is None else np.asarray(interval, dtype=np.float64)
        self.display_labels = display_labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        confidence_level: float | None = 0.95,
        n_bootstrap: int = 50,
        ax: Any = None,
        **options: Any,
    ) -> TransitionMatrixDisplay:
        """Draw the T of a fitted estimator of T or corrected classifier.

        Parameters
        ----------
        estimator : fitted estimator
            With `transition_matrix_`; the last step of a Pipeline is taken.
        confidence_level : float in (0, 1) or None, default=0.95
            Of the intervals, where T was estimated by a `TransitionMatrixEstimator`; None leaves
            them out.
        n_bootstrap : int, default=50
            Samples behind them.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        **options
            As for :meth:`plot`.

        Returns
        -------
        TransitionMatrixDisplay
        """
        last = estimator[-1] if hasattr(estimator, "steps") else estimator
        check_is_fitted(last, "transition_matrix_")
        source = getattr(last, "transition_matrix_estimator_", last)
        interval = None
        if confidence_level is not None and hasattr(source, "interval"):
            interval = source.interval(confidence_level, n_bootstrap=n_bootstrap)
        labels = getattr(last, "classes_", None)
        display = cls(last.transition_matrix_, interval=interval, display_labels=labels)
        return display.plot(ax=ax, **options)

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
        ax: Any = None,
        **options: Any,
    ) -> TransitionMatrixDisplay:
        """Estimate T from out-of-fold posteriors of the noisy labels, and draw it.

        Parameters
        ----------
        noisy_proba : array-like of shape (n_samples, n_classes)
            ``P(noisy = j | x)`` by classifiers that have not seen the rows' own labels.
        y_noisy : array-like of shape (n_samples,)
            Noisy labels of any type.
        method : str or callable, default="auto"
            As for :class:`~sknoisy.TransitionMatrixEstimator`.
        classes : array-like of shape (n_classes,), default=None
            All labels, whose sorted order is that of the columns; default: those in `y_noisy`.
        confidence_level, n_bootstrap, ax, **options
            As for :meth:`from_estimator`.

        Returns
        -------
        TransitionMatrixDisplay
        """
        proba = np.asarray(noisy_proba, dtype=np.float64)
        known, codes = encode_labels(np.asarray(y_noisy), classes)
        if proba.shape != (len(codes), len(known)):
            raise ValueError(
                f"noisy_proba must have shape ({len(codes)}, {len(known)}), a row per label and a "
                f"column per class; got {proba.shape}."
            )
        fitted = estimate_from_posteriors(proba, codes, method=method)
        interval = None
        if confidence_level is not None:
            interval = fitted.interval(proba, confidence_level, n_bootstrap)
        T = fitted.transition_matrix
        return cls(T, interval=interval, display_labels=known).plot(ax=ax, **options)

    def plot(
        self,
        ax: Any = None,
        *,
        cmap: str = COLOUR_MAP,
        include_values: bool = True,
        values_format: str = ".2f",
        colorbar: bool = True,
    ) -> TransitionMatrixDisplay:
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
        TransitionMatrixDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is missing.
        """
        self.ax_ = new_axes(ax)
        self.im_, self.text_, self.colorbar_ = draw_matrix(
            self.ax_,
            self.transition_matrix,
            self.display_labels,
            rows="Clean label",
            columns="Noisy label",
            texts=self._texts(values_format) if include_values else None,
            cmap=cmap,
            colorbar=colorbar,
        )
        self.figure_ = self.ax_.figure
        return self

    def _texts(self, values_format: str) -> Any:
        values = np.vectorize(lambda value: format(value, values_format), otypes=[object])
        texts = values(self.transition_matrix)
        # Limits would not fit into the cells of more classes.
        if self.interval is not None and len(texts) <= 5:
            low, high = values(self.interval)
            texts = texts + "\n(" + low + " to " + high + ")"
        return texts
