"""Predicted probabilities against corrected frequencies of the clean labels, as a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from .._checks import check_number
from ..metrics import CalibrationCurve, noise_corrected_calibration_curve
from ._display import BLUE, GREY, PredictionDisplay


class NoiseCorrectedCalibrationDisplay(PredictionDisplay):
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

    See Also
    --------
    sknoisy.metrics.noise_corrected_calibration_curve : The numbers that are drawn.
    sknoisy.calibration.NoiseCalibratedClassifier : Calibrates a classifier.
    sklearn.calibration.CalibrationDisplay : The counterpart for clean labels.

    Examples
    --------
    >>> from sknoisy.inspection import NoiseCorrectedCalibrationDisplay
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_proba = [0, 0, 0, 0, 1] * 20, [[0.9, 0.1]] * 100
    >>> display = NoiseCorrectedCalibrationDisplay.from_predictions(y_noisy, y_proba, T)
    >>> display.curve.prob_pred.round(2)
    array([0.9])
    """

    _response = "predict_proba", "y_proba"

    def __init__(
        self, curve: CalibrationCurve, *, confidence_level: float = 0.95, name: str | None = None
    ) -> None:
        self.curve = curve
        self.confidence_level = check_number(confidence_level, "confidence_level", "(0, 1)")
        self.name = name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *args: Any, **options: Any
    ) -> NoiseCorrectedCalibrationDisplay:
        if options.get("name") is None:
            options["name"] = type(estimator).__name__
        return super().from_estimator(estimator, *args, **options)

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
            For the legend; :meth:`from_estimator` takes the class of the estimator.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        """
        check_number(confidence_level, "confidence_level", "(0, 1)")
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
        """
        ax = self._start(ax)
        limits = ax.get_ylim() if ax.containers else (-0.05, 1.1)
        if ref_line:
            ax.plot([0, 1], [0, 1], ":", color=GREY, label="perfectly calibrated")
        half = float(ndtri(0.5 + self.confidence_level / 2)) * self.curve.std
        shown = np.isfinite(half)
        self.line_ = ax.errorbar(
            self.curve.prob_pred[shown],
            self.curve.prob_true[shown],
            yerr=half[shown],
            fmt="o-",
            capsize=3,
            color=BLUE,
            label=self.name if name is None else name,
        )
        ax.set(
            xlabel="Predicted probability",
            ylabel="Frequency of the clean label, corrected",
            xlim=(0, 1.02),
            ylim=_widened(limits, self.curve.prob_true[shown]),
        )
        if ref_line or self.name or name:
            ax.legend(loc="lower right")
        return self


def _widened(limits: tuple[float, float], frequencies: NDArray[np.float64]) -> tuple[float, float]:
    """Limits with room for corrected frequencies outside [0, 1], up to [-0.5, 1.5]."""
    low, high = np.clip((min(frequencies, default=0.0), max(frequencies, default=1.0)), -0.5, 1.5)
    return min(limits[0], float(low) - 0.05), max(limits[1], float(high) + 0.05)
