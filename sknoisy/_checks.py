"""Checks of parameters: what was expected, what came.

One function for each kind of parameter, so that every error of the package reads alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any


def is_number(value: Any) -> bool:
    """Whether `value` is a real number; a bool is not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(value: Any, name: str, interval: str = "(-inf, inf)", *, hint: str = "") -> float:
    """Return a number inside an interval, written as ``"[0, 1)"``; NaN is outside.

    The message ends with `hint`, which says what to do. Raises TypeError if `value` is no number.

    Examples
    --------
    >>> check_number(20, "noise_rate", "[0, 1)")
    Traceback (most recent call last):
    ...
    ValueError: noise_rate must be in [0, 1); got 20.
    """
    hint = f" {hint}" if hint else ""
    if not is_number(value):
        raise TypeError(
            f"{name} must be a number in {interval}; got {value!r} of type "
            f"{type(value).__name__}.{hint}"
        )
    low, high = (float(limit) for limit in interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    if not (above and below):
        raise ValueError(f"{name} must be in {interval}; got {value!r}.{hint}")
    return float(value)


def check_integer(value: Any, name: str, minimum: int) -> int:
    """Return an integer that is at least `minimum`; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer; got {value!r} of type {type(value).__name__}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value!r}.")
    return int(value)


def check_option(value: Any, name: str, options: Sequence[Any]) -> Any:
    """Return one of the values in `options`.

    Examples
    --------
    >>> check_option("mean", "reduction", ("sum", "none"))
    Traceback (most recent call last):
    ...
    ValueError: reduction must be one of 'sum', 'none'; got 'mean'.
    """
    # The type first: an array does not compare to a single bool, and 1 is not True.
    alike = [
        option
        for option in options
        if isinstance(value, type(option)) and isinstance(value, bool) == isinstance(option, bool)
    ]
    if not any(value == option for option in alike):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}.")
    return value
