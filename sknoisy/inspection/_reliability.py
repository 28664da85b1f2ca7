"""Predicted probabilities against corrected frequencies of the clean labels, as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ..metrics import CalibrationCurve, noise_corrected_calibration_curve
from ._matplotlib import BLUE, GREY, new_axes
from ._source import resolve_transition_matrix


class NoiseCorrectedCalibrationDisplay:
    """Reliability diagram for the clean labels, from noisy ones.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one.

    Parameters
    ----------
    curve : CalibrationCurve
        What :func:`~sknoisy.metrics.noise_corrected_calibration_curve` returns.
    confidence_level : float in (0, 1), default=0.95
        Of the error bars.
    name : str, default=None
        For the legend.

    Attributes
    ----------
    line_ : matplotlib errorbar container
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from sknoisy.inspection import NoiseCorrectedCalibrationDisplay
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_proba = [0, 0, 0, 0, 1] * 20, [[0.9, 0.1]] * 100
    >>> display = NoiseCorrectedCalibrationDisplay.from_predictions(y_noisy, y_proba, T)
    >>> display.curve.prob_pred.round(2)
    array([0.9])
    """

    def __init__(
        self, curve: CalibrationCurve, *, confidence_level: float = 0.95, name: str | None = None
    ) -> None:
        self.curve = curve
        self.confidence_level = confidence_level
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y_noisy: ArrayLike,
        transition_matrix: ArrayLike | None = None,
        *,
        name: str | None = None,
        ax: Any = None,
        **options: Any,
    ) -> NoiseCorrectedCalibrationDisplay:
        """Draw it for a fitted classifier on rows it was not trained on.

        Parameters
        ----------
        estimator : fitted classifier
            Its `predict_proba` gives posteriors of the clean labels.
        X : rows as for its `predict_proba`
        y_noisy : array-like of shape (n_samples,)
            Noisy labels of any type.
        transition_matrix : array-like of shape (n_classes, n_classes), default=None
            T in the order of `classes_`; None takes the classifier's own `transition_matrix_`.
        name : str, default=None
            For the legend; None is the class of the estimator.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        **options
            As for :func:`~sknoisy.metrics.noise_corrected_calibration_curve`.

        Returns
        -------
        NoiseCorrectedCalibrationDisplay
        """
        return cls.from_predictions(
            y_noisy,
            estimator.predict_proba(X),
            resolve_transition_matrix(estimator, transition_matrix),
            classes=estimator.classes_,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
            **options,
        )

    @classmethod
    def from_predictions(
        cls,
        y_noisy: ArrayLike,
        y_proba: ArrayLike,
        transition_matrix: ArrayLike,
        *,
        confidence_level: float = 0.95,
        name: str | None = None,
        ax: Any = None,
        **options: Any,
    ) -> NoiseCorrectedCalibrationDisplay:
        """Draw it for posteriors of the clean labels.

        Parameters
        ----------
        y_noisy, y_proba, transition_matrix, **options
            As for :func:`~sknoisy.metrics.noise_corrected_calibration_curve`.
        confidence_level : float in (0, 1), default=0.95
            Of the error bars.
        name : str, default=None
            For the legend.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        NoiseCorrectedCalibrationDisplay
        """
        curve = noise_corrected_calibration_curve(y_noisy, y_proba, transition_matrix, **options)
        return cls(curve, confidence_level=confidence_level, name=name).plot(ax=ax)

    def plot(
        self, ax: Any = None, *, name: str | None = None, ref_line: bool = True
    ) -> NoiseCorrectedCalibrationDisplay:
        """Draw the diagram; bins of a single row, without a standard error, are left out.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        name : str, default=None
            For the legend; None keeps that of the display.
        ref_line : bool, default=True
            Whether to draw perfect calibration.

        Returns
        -------
        NoiseCorrectedCalibrationDisplay
            Itself.
        """
        self.ax_ = new_axes(ax)
        others = self.ax_.get_ylim() if self.ax_.containers else (-0.05, 1.1)
        if ref_line:
            self.ax_.plot([0, 1], [0, 1], ":", color=GREY, label="perfectly calibrated")
        half = float(ndtri(0.5 + self.confidence_level / 2)) * self.curve.std
        known = np.isfinite(half)
        self.line_ = self.ax_.errorbar(
            self.curve.prob_pred[known],
            self.curve.prob_true[known],
            yerr=half[known],
            fmt="o-",
            capsize=3,
            color=BLUE,
            label=self.name if name is None else name,
        )
        self.ax_.set(
            xlabel="Predicted probability",
            ylabel="Frequency of the clean label, corrected",
            xlim=(0, 1.02),
            ylim=_limits(self.curve.prob_true[known], others),
        )
        if ref_line or self.name or name:
            self.ax_.legend(loc="lower right")
        self.figure_ = self.ax_.figure
        return self


def _limits(frequencies: NDArray[np.float64], others: tuple[float, float]) -> tuple[float, float]:
    """Room for frequencies that the correction takes out of [0, 1], but not for any."""
    low, high = np.clip((min(frequencies, default=0.0), max(frequencies, default=1.0)), -0.5, 1.5)
    return min(others[0], float(low) - 0.05), max(others[1], float(high) + 0.05)
