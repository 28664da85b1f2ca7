"""How far predicted probabilities agree with the frequencies of the clean labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer, check_option
from ._inputs import Array, position_of, read_posteriors
from ._score import Estimate, corrected, standard_error


class CalibrationCurve(NamedTuple):
    """What :func:`noise_corrected_calibration_curve` returns, one entry per bin with rows.

    Attributes
    ----------
    prob_true, std : ndarray of shape (n_bins,)
        Corrected frequency of the clean label, which may leave [0, 1] by chance, and its standard
        error, NaN in a bin of one row.
    prob_pred : ndarray of shape (n_bins,)
        Mean predicted probability.
    share : ndarray of shape (n_bins,)
        Share of the rows; sums to 1.

    See Also
    --------
    noise_corrected_calibration_curve : Returns it.
    sknoisy.inspection.NoiseCorrectedCalibrationDisplay : Draws it.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_proba = [0, 0, 0, 0, 1] * 20, [[0.9, 0.1]] * 100
    >>> curve = noise_corrected_calibration_curve(y_noisy, y_proba, T)
    >>> f"{curve.prob_pred[0]:.2f} is {curve.prob_true[0]:.2f} +- {curve.std[0]:.2f}"
    '0.90 is 1.00 +- 0.07'
    """

    prob_true: Array
    prob_pred: Array
    std: Array
    share: Array


def noise_corrected_calibration_curve(
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    pos_label: Any = None,
    n_bins: int = 10,
    strategy: str = "uniform",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> CalibrationCurve:
    """Reliability diagram of predicted probabilities for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_proba, transition_matrix, classes, sample_weight
        As for :func:`noise_corrected_log_loss`, with its errors and warnings.
    pos_label : label, default=None
        The class whose probability is binned; None takes the predicted class of each row.
    n_bins : int, default=10
        Number of bins; those without rows are left out.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or of about equally many rows.

    Returns
    -------
    CalibrationCurve

    See Also
    --------
    CalibrationCurve : What it returns.
    sknoisy.inspection.NoiseCorrectedCalibrationDisplay : Draws it.
    sklearn.calibration.calibration_curve : The counterpart for clean labels.

    Notes
    -----
    In each bin, the mean of ``inv(T)[noisy, k]`` for the class k whose probability is binned:
    averaged over the noise, each term is 1 where the clean label is k and 0 elsewhere. For the
    diagram see Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_proba = [0, 0, 0, 0, 1] * 20, [[0.9, 0.1]] * 100
    >>> noise_corrected_calibration_curve(y_noisy, y_proba, T).prob_true.round(6)
    array([1.])
    """
    check_option(strategy, "strategy", ("uniform", "quantile"))
    check_integer(n_bins, "n_bins", 1)
    T, all_classes, noisy, p, weights = read_posteriors(
        y_noisy, y_proba, transition_matrix, classes=classes, sample_weight=sample_weight
    )
    k = p.argmax(axis=1)
    if pos_label is not None:
        k = np.full(len(p), position_of(pos_label, all_classes, "pos_label"))
    predicted = p[np.arange(len(p)), k]
    quantiles = np.linspace(0, 1, n_bins + 1)
    edges = quantiles if strategy == "uniform" else np.quantile(predicted, quantiles)
    bins = np.searchsorted(edges[1:-1], predicted)

    def evaluate(R: Array) -> Estimate[CalibrationCurve]:
        curve = _by_bin(R[noisy, k], predicted, bins, weights)
        return Estimate(curve, curve.std)

    return corrected(evaluate, T).value


def _by_bin(
    frequencies: Array, predicted: Array, bins: NDArray[np.intp], weights: Array
) -> CalibrationCurve:
    curve = []
    for b in np.unique(bins[weights > 0]):
        rows = bins == b
        share = weights[rows].sum()
        inside = weights[rows] / share
        frequency = inside @ frequencies[rows]
        std = standard_error(frequencies[rows] - frequency, inside)
        curve.append((frequency, inside @ predicted[rows], std, share))
    return CalibrationCurve(*np.array(curve).T)
