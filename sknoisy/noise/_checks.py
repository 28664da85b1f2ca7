"""Checks of the arguments that several kinds of noise share."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

RandomStateLike = int | np.random.RandomState | None


def check_rate(rate: Any, name: str) -> float:
    """Return a fraction in [0, 1], or say what is wrong with it."""
    number = check_number(rate, name)
    # Written so that NaN fails too.
    if not 0 <= number <= 1:
        raise ValueError(f"{name} must be a fraction in [0, 1] (0.2, not 20); got {rate!r}.")
    return number


def check_not_negative(value: Any, name: str) -> float:
    """Return a finite number >= 0, or say what is wrong with it."""
    number = check_number(value, name)
    if not 0 <= number < np.inf:
        raise ValueError(f"{name} must be a finite number >= 0; got {value!r}.")
    return number


def check_number(value: Any, name: str) -> float:
    """Return a float; a bool or a string is a mistake."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number; got {value!r} of type {type(value).__name__}.")
    return float(value)


def check_count(value: Any, name: str, *, minimum: int) -> int:
    """Return an int that is at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int; got {value!r} of type {type(value).__name__}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value}.")
    return int(value)


def check_option(value: Any, name: str, options: tuple[str, ...]) -> str:
    """Return one of the words in `options`."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}.")
    return str(value)


def random_generator(random_state: RandomStateLike) -> np.random.RandomState:
    """scikit-learn's generator, except that None starts afresh.

    There None means numpy's global generator, which the caller may rely on elsewhere.
    """
    return check_random_state(np.random.RandomState() if random_state is None else random_state)
