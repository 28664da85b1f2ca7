"""How far predicted probabilities agree with the frequencies of the clean labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._inputs import check_option, check_proba, check_weights, condition_number, inverse, resolve
from ._score import CONDITION_LIMIT, standard_error, warn_of_inflation

Array = NDArray[np.float64]


class CalibrationCurve(NamedTuple):
    """What :func:`noise_corrected_calibration_curve` returns, one entry per bin with rows.

    Attributes
    ----------
    prob_true : ndarray of shape (n_bins,)
        Corrected frequency of the clean label; may leave [0, 1] by chance.
    prob_pred : ndarray of shape (n_bins,)
        Mean predicted probability.
    std : ndarray of shape (n_bins,)
        Standard error of `prob_true`; NaN in a bin of one row.
    share : ndarray of shape (n_bins,)
        Share of the rows; sums to 1.

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
    """Reliability of predicted probabilities on the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of any type.
    y_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels, columns in the order of T's rows; for two classes also
        those of the second class alone, of shape (n_samples,).
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1.
    pos_label : label, default=None
        The class whose probability is looked at; None takes that of the predicted class of each
        row, its confidence.
    n_bins : int, default=10
        Number of bins; those without rows are left out.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or of about equally many rows.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: the index of a DataFrame, else the labels in
        `y_noisy`, sorted.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights; only their ratios matter.

    Returns
    -------
    CalibrationCurve

    Raises
    ------
    ValueError
        If T is not row-stochastic, not invertible or not of the classes' size, if labels,
        probabilities, lengths or weights do not fit, or an option is unknown.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.

    Notes
    -----
    In each bin, the mean of ``inv(T)[noisy, k]``, where k is the class looked at: averaged over
    the noise, each term is 1 where the clean label is k and 0 elsewhere.

    References
    ----------
    .. [1] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (the diagram).

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_proba = [0, 0, 0, 0, 1] * 20, [[0.9, 0.1]] * 100
    >>> noise_corrected_calibration_curve(y_noisy, y_proba, T).prob_true.round(6)
    array([1.])
    """
    check_option(strategy, "strategy", ("uniform", "quantile"))
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1; got {n_bins}.")
    T, known, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    p = check_proba(y_proba, len(T), n_rows=len(noisy))
    weights = check_weights(sample_weight, len(noisy))
    if pos_label is None:
        looked_at = p.argmax(axis=1)
    else:
        check_option(pos_label, "pos_label", tuple(known.tolist()))
        looked_at = np.full(len(p), known.tolist().index(pos_label))
    predicted = p[np.arange(len(p)), looked_at]
    bins = _bins(predicted, n_bins, strategy)
    condition = condition_number(T)
    curve = _by_bin(inverse(T)[noisy, looked_at], predicted, bins, weights)
    if condition > CONDITION_LIMIT:
        plain = _by_bin((noisy == looked_at).astype(float), predicted, bins, weights)
        warn_of_inflation(condition, np.nan_to_num(curve.std), np.nan_to_num(plain.std))
    return curve


def _bins(predicted: Array, n_bins: int, strategy: str) -> NDArray[np.intp]:
    quantiles = np.linspace(0, 1, n_bins + 1)
    edges = quantiles if strategy == "uniform" else np.quantile(predicted, quantiles)
    return np.searchsorted(edges[1:-1], predicted)


def _by_bin(
    corrected: Array, predicted: Array, bins: NDArray[np.intp], weights: Array
) -> CalibrationCurve:
    found = []
    for b in np.unique(bins[weights > 0]):
        rows = bins == b
        share = weights[rows].sum()
        inside = weights[rows] / share
        frequency = inside @ corrected[rows]
        std = standard_error(corrected[rows] - frequency, inside)
        found.append((frequency, inside @ predicted[rows], std, share))
    return CalibrationCurve(*np.array(found).T)
