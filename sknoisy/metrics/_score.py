"""A score with its standard error and interval, and the warning where T inflates them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ._inputs import condition_number, inverse

# From this condition number of T on, a score warns. Two classes reach it when 47.5% of the labels
# are flipped, and a standard error then is that of 400 times fewer clean labels.
CONDITION_LIMIT = 20.0


class Score(NamedTuple):
    """A score with its uncertainty, as every score here returns it on request.

    Attributes
    ----------
    value : float or ndarray
        The score.
    std : float or ndarray
        Its standard error, of the shape of `value`.
    interval : tuple (low, high) or None
        Two-sided confidence interval, each bound of the shape of `value`; None unless a
        `confidence_level` was given.

    Examples
    --------
    >>> from sknoisy.metrics import noise_corrected_accuracy
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> score = noise_corrected_accuracy(y_noisy, y_pred, T, confidence_level=0.9)
    >>> print(f"{score.value:.2f} +- {score.std:.2f}")
    1.00 +- 0.22
    >>> low, high = score.interval
    >>> print(f"{low:.2f} to {high:.2f}")
    0.63 to 1.37
    """

    value: Any
    std: Any
    interval: Any = None


# What a score is, given the inverse of T: its value and its standard error.
Evaluate = Callable[[NDArray[np.float64]], tuple[Any, Any]]


def corrected_score(
    evaluate: Evaluate,
    T: NDArray[np.float64],
    *,
    return_std: bool,
    confidence_level: float | None,
) -> Any:
    """The score with ``inv(T)``; alone, or as a `Score` if more than the value is asked for."""
    condition = condition_number(T)
    value, std = evaluate(inverse(T))
    if condition > CONDITION_LIMIT:
        _, plain_std = evaluate(np.eye(len(T)))
        warn_of_inflation(condition, std, plain_std)
    return with_uncertainty(value, std, return_std=return_std, confidence_level=confidence_level)


def warn_of_inflation(condition: float, std: Any, plain_std: Any) -> None:
    """Say how much wider the noise makes the standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.mean(std) / np.mean(plain_std)
    inflation = f"is {ratio:.3g} times" if np.isfinite(ratio) else "is far above"
    warnings.warn(
        f"The transition matrix is ill-conditioned (condition number {condition:.3g}, above "
        f"{CONDITION_LIMIT:g}): the standard error of this score {inflation} that of the same "
        f"score without correction. Look at it with return_std=True; to rank models, use "
        f"forward_log_loss, which needs no inverse.",
        UserWarning,
        stacklevel=4,
    )


def with_uncertainty(
    value: Any, std: Any, *, return_std: bool, confidence_level: float | None
) -> Any:
    """The value alone, or a `Score` with a normal interval."""
    if confidence_level is None:
        return Score(value, std) if return_std else value
    check_confidence_level(confidence_level)
    half_width = float(ndtri(0.5 + confidence_level / 2)) * std
    return Score(value, std, (value - half_width, value + half_width))


def check_confidence_level(confidence_level: float) -> None:
    """Raise unless it is a fraction."""
    if not 0 < confidence_level < 1:
        raise ValueError(
            f"confidence_level must be inside (0, 1), such as 0.95; got {confidence_level!r}."
        )


def standard_error(influence: NDArray[np.float64], weights: NDArray[np.float64]) -> Any:
    """Standard error of a mean from each row's influence on it (the rows are the last axis).

    Weights sum to 1 and say how much a row counts, not how often it was seen: with weights that
    have nothing to do with the values, this is the deviation over the root of Kish's effective
    sample size.
    """
    variance = influence**2 @ weights**2
    return np.sqrt(variance * small_sample_factor(weights))


def small_sample_factor(weights: NDArray[np.float64]) -> float:
    """``n / (n - 1)`` for the effective sample size n; NaN for a single row."""
    n_effective = 1 / (weights**2).sum()
    return float(n_effective / (n_effective - 1)) if n_effective > 1 + 1e-9 else np.nan
