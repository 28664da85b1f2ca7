"""Posteriors that are neither overconfident nor too soft, judged by the noisy labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from ._rows import row_weights

# A forest says zero where it means seldom; the share of the uniform distribution mixed in.
SMOOTHING = 1e-3
LOG_SHARPNESS_BOUNDS = (-2.5, 2.5)
ROWS_ENOUGH_FOR_ONE_NUMBER = 20_000


def temperature_scaled(
    noisy_proba: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    at: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Sharpen or soften posteriors until they predict the noisy labels best.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the noisy labels, out of fold.
    y : array-like of int of shape (n_samples,)
        Noisy labels as column numbers.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.
    at : array-like of shape (n_others, n_classes), default=None
        Posteriors of other rows, to be scaled in place of those that have labels.

    Returns
    -------
    ndarray of shape (n_samples or n_others, n_classes)
        Posteriors, all positive.

    Notes
    -----
    ``g_k`` is proportional to ``p_k ** b``, where p is `noisy_proba` with a little of the uniform
    distribution mixed in, and the one number b minimises the mean of ``-log g_y``.

    References
    ----------
    .. [1] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> overconfident = [[0.99, 0.01], [0.99, 0.01], [0.99, 0.01], [0.01, 0.99]]
    >>> temperature_scaled(overconfident, [0, 0, 1, 1]).round(2)[0]
    array([0.75, 0.25])
    """
    proba = np.asarray(noisy_proba, dtype=np.float64)
    labels = np.asarray(y)
    weights = row_weights(sample_weight, len(proba))
    log_proba = _smoothed_log(proba)
    step = max(1, len(proba) // ROWS_ENOUGH_FOR_ONE_NUMBER)
    some, some_labels, some_weights = log_proba[::step], labels[::step], weights[::step]
    own = np.arange(len(some)), some_labels

    def loss(log_sharpness: float) -> float:
        scaled = np.exp(log_sharpness) * some
        return float(np.average(_log_sum_exp(scaled)[:, 0] - scaled[own], weights=some_weights))

    found = minimize_scalar(loss, bounds=LOG_SHARPNESS_BOUNDS, method="bounded")
    asked = log_proba if at is None else _smoothed_log(np.asarray(at, dtype=np.float64))
    scaled = np.exp(found.x) * asked
    return np.exp(scaled - _log_sum_exp(scaled))


def _smoothed_log(proba: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((proba + SMOOTHING / proba.shape[1]) / (1 + SMOOTHING))


def _log_sum_exp(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    top = logits.max(axis=1, keepdims=True)
    return top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
