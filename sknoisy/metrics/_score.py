"""A score with its standard error and interval, and the warning where T inflates them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, Literal, NamedTuple, ParamSpec, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from .._checks import check_flag, check_number
from .._warn import warn
from ._inputs import Array, inverse

# From this condition number of T on, a score warns. Two classes reach it when 47.5% of the labels
# are flipped, and a standard error then is that of 400 times fewer clean labels.
CONDITION_LIMIT = 20.0

P = ParamSpec("P")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Score(NamedTuple):
    """A score with its uncertainty, as every score here returns it on request.

    Attributes
    ----------
    value, std : float or ndarray
        The score and its standard error, of the same shape.
    interval : tuple (low, high) or None
        Two-sided confidence interval, bounds of that shape; None without a `confidence_level`.

    See Also
    --------
    noise_corrected_accuracy : A score that returns it on request.
    bootstrap_noise_corrected_score : Includes the uncertainty of T.

    Examples
    --------
    >>> from sknoisy.metrics import noise_corrected_accuracy
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> value, std, (low, high) = noise_corrected_accuracy(y_noisy, y_pred, T, confidence_level=0.9)
    >>> print(f"{value:.2f} +- {std:.2f}, or {low:.2f} to {high:.2f}")
    1.00 +- 0.22, or 0.63 to 1.37
    """

    value: Any
    std: Any
    interval: Any = None


@dataclass(frozen=True)
class Estimate(Generic[V]):
    """What a score computes; `with_uncertainty` returns as much of it as the user asks for."""

    value: V
    std: Any
    limits: tuple[float, float] | None = None  # The interval is cut to them.
    # From a confidence level, where it is not the value plus and minus a multiple of `std`.
    interval: Callable[[float], tuple[float, float]] | None = None


class ScoreFunction(Protocol[P, V_co]):
    """A score: its value or, if `return_std` or `confidence_level` asks for more, a `Score`."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V_co: ...
    @overload
    def __call__(self, *args: Any, return_std: Literal[True], **kwargs: Any) -> Score: ...
    @overload
    def __call__(self, *args: Any, confidence_level: float, **kwargs: Any) -> Score: ...
    @overload
    def __call__(self, *args: Any, return_std: bool, **kwargs: Any) -> V_co | Score: ...


def with_uncertainty(estimate: Callable[P, Estimate[V]]) -> ScoreFunction[P, V]:
    """Make a score of an estimate: with the options that all scores share, and their types."""

    def score(
        *args: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        return_std: bool = False,
        confidence_level: float | None = None,
        **kwargs: Any,
    ) -> Any:
        signature.bind(*args, **kwargs)  # **rows of the estimate would take any other option.
        check_flag(return_std, "return_std")
        if confidence_level is not None:
            check_number(confidence_level, "confidence_level", "(0, 1)")
        kwargs |= {"classes": classes, "sample_weight": sample_weight}
        result = estimate(*args, **kwargs)
        if confidence_level is None:
            return Score(result.value, result.std) if return_std else result.value
        if result.interval is not None:
            return Score(result.value, result.std, result.interval(confidence_level))
        half_width = float(ndtri(0.5 + confidence_level / 2)) * result.std
        interval: tuple[Any, Any] = (result.value - half_width, result.value + half_width)
        if result.limits is not None:
            interval = np.clip(interval[0], *result.limits), np.clip(interval[1], *result.limits)
        return Score(result.value, result.std, interval)

    # What help() and the documentation show: the options above in place of **rows.
    *of_estimate, _ = inspect.signature(estimate).parameters.values()
    _, *of_score, _ = inspect.signature(score).parameters.values()
    signature = inspect.Signature([*of_estimate, *of_score], return_annotation="Any")
    score_function: Any = wraps(estimate)(score)
    score_function.__signature__ = signature
    return score_function


def corrected(evaluate: Callable[[Array], Estimate[V]], T: Array) -> Estimate[V]:
    """Evaluate a score with ``inv(T)``, and warn if the noise makes it far less certain."""
    estimate = evaluate(inverse(T))
    condition = np.linalg.cond(T)
    if condition > CONDITION_LIMIT:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.nansum(estimate.std) / np.nansum(evaluate(np.eye(len(T))).std)
        inflation = f"is {ratio:.3g} times" if np.isfinite(ratio) else "is far above"
        warn(
            f"The transition matrix is ill-conditioned (condition number {condition:.3g}, above "
            f"{CONDITION_LIMIT:g}): the standard error of this score {inflation} that of the same "
            f"score without correction. Look at it with return_std=True; to rank models, use "
            f"forward_log_loss, which needs no inverse.",
        )
    return estimate


def mean_of(values: Array, weights: Array) -> Estimate[float]:
    """Mean over rows, with weights that sum to 1."""
    mean = float(weights @ values)
    return Estimate(mean, float(standard_error(values - mean, weights)))


def standard_error(influence: Array, weights: Array) -> Any:
    """Standard error of a mean from each row's influence on it (the rows are the last axis).

    Weights sum to 1 and say how much a row counts, not how often it was seen: with weights that
    have nothing to do with the values, this is the deviation over the root of Kish's effective
    sample size.
    """
    variance = influence**2 @ weights**2
    return np.sqrt(variance * small_sample_factor(weights))


def small_sample_factor(weights: Array) -> float:
    """``n / (n - 1)`` for the effective sample size n; NaN for a single row."""
    n_effective = 1 / (weights**2).sum()
    return float(n_effective / (n_effective - 1)) if n_effective > 1 + 1e-9 else np.nan
