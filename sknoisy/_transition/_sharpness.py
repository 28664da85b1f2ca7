"""Posteriors raised to a power, so that they are neither overconfident nor too soft."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from ._arrays import Array, Codes, row_weights

# A forest says zero where it means seldom: the share of the uniform distribution mixed in.
SMOOTHING = 1e-3
LOG_SHARPNESS_BOUNDS = (-2.5, 2.5)
MAX_ROWS = 20_000  # Enough for a single number.


def temperature_scaled(
    noisy_proba: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    at: ArrayLike | None = None,
) -> Array:
    """Sharpen or soften posteriors until they predict the noisy labels best.

    `noisy_proba` are out of fold, `y` column numbers; `at` are posteriors of other rows, to be
    scaled in place of those that have labels.

    References
    ----------
    .. [1] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    proba = np.asarray(noisy_proba, dtype=np.float64)
    sharpness = sharpness_of(proba, np.asarray(y), sample_weight)
    return sharpened(smoothed_log(proba if at is None else np.asarray(at, np.float64)), sharpness)


def sharpness_of(noisy_proba: Array, y: Codes, sample_weight: ArrayLike | None = None) -> float:
    """The power of posteriors, which are out of fold, that predicts the noisy labels best."""
    step = max(1, len(noisy_proba) // MAX_ROWS)
    labels, weights = y[::step], row_weights(sample_weight, len(noisy_proba))[::step]
    cells = np.arange(len(labels)), labels

    def loss(scaled: Array) -> float:
        return float(np.average(_log_sum_exp(scaled)[:, 0] - scaled[cells], weights=weights))

    return fit_sharpness(smoothed_log(noisy_proba[::step]), loss)


def fit_sharpness(
    log_proba: Array,
    loss_of: Callable[[Array], float],
    log_bounds: tuple[float, float] = LOG_SHARPNESS_BOUNDS,
) -> float:
    """The power b, inverse of a temperature, with the least ``loss_of(b * log_proba)``.

    `log_bounds` are those of log b.
    """
    least = minimize_scalar(
        lambda log_b: loss_of(np.exp(log_b) * log_proba), bounds=log_bounds, method="bounded"
    )
    return float(np.exp(least.x))


def sharpened(log_proba: Array, sharpness: float) -> Array:
    """Posteriors proportional to ``exp(sharpness * log_proba)``."""
    scaled = sharpness * log_proba
    return np.exp(scaled - _log_sum_exp(scaled))


def smoothed_log(proba: Array) -> Array:
    """Logarithms of posteriors that may hold zeros."""
    return np.log((proba + SMOOTHING / proba.shape[1]) / (1 + SMOOTHING))


def _log_sum_exp(logits: Array) -> Array:
    # Not scipy's, whose last digits differ and would move every estimate of T.
    top = logits.max(axis=1, keepdims=True)
    return top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
