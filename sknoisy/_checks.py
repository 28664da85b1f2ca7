"""Checks of parameters: what was expected, what came.

One function for each kind of parameter, so that every error of the package reads alike.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from torch.utils.data import Dataset

from ._hints import SEE_ERRORS

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# Characters of a value in a message.
LONGEST = 80
# Rows that weights may stand for: beyond, floats no longer tell whole numbers apart.
MOST_ROWS = 2.0**53


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
    ValueError: noise_rate must be in [0, 1); got 20. See ...
    """
    hint = f" {hint}" if hint else ""
    if not is_number(value):
        raise TypeError(
            f"{name} must be a number in {interval}; got {value!r} of type "
            f"{type(value).__name__}.{hint}"
            f" {SEE_ERRORS}"
        )
    low, high = (float(limit) for limit in interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    if not (above and below):
        raise ValueError(f"{name} must be in {interval}; got {value!r}.{hint} {SEE_ERRORS}")
    return float(value)


def check_integer(value: Any, name: str, minimum: int) -> int:
    """Return an integer that is at least `minimum`; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be an integer; got {value!r} of type {type(value).__name__}. {SEE_ERRORS}"
        )
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value!r}. {SEE_ERRORS}")
    return int(value)


def check_option(value: Any, name: str, options: Sequence[Any]) -> Any:
    """Return one of the values in `options`.

    Examples
    --------
    >>> check_option("mean", "reduction", ("sum", "none"))
    Traceback (most recent call last):
    ...
    ValueError: reduction must be one of 'sum', 'none'; got 'mean'. See ...
    """
    # The type first: an array does not compare to a single bool, and 1 is not True.
    alike = [
        option
        for option in options
        if isinstance(value, type(option)) and isinstance(value, bool) == isinstance(option, bool)
    ]
    if not any(value == option for option in alike):
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}. {SEE_ERRORS}"
        )
    return value


def check_flag(value: Any, name: str) -> bool:
    """Return True or False, of Python or numpy; neither 1 nor "yes" is one."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; got {describe(value)}. {SEE_ERRORS}")
    return bool(value)


def check_numbers(values: Any, name: str, shape: str) -> NDArray[np.float64]:
    """Return real numbers as a new float64 array; `shape` says what is expected, for the message.

    Raises TypeError for text, objects, complex numbers and rows of different lengths.
    """
    with naming(name):
        refuse_unread(values)
    message = f"{name} must be an array of numbers of shape {shape}; got {describe(values)}"
    try:
        # Two steps, or numpy warns of a tensor's __array__, which knows no copy.
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{message} that does not convert: {error} {SEE_ERRORS}") from error
    boxed = array.dtype.kind == "O" and all(isinstance(v, Real) for v in array.ravel().tolist())
    if array.dtype.kind not in "biuf" and not boxed:
        raise TypeError(f"{message}. {SEE_ERRORS}")
    return array.astype(np.float64)


def check_sizes(**sizes: Any) -> None:
    """Raise unless all of some sizes, by the user's names of them, are integers above 0."""
    for name, size in sizes.items():
        check_integer(size, name, 1)


def check_weights(weights: Any, n_rows: int, name: str = "sample_weight") -> NDArray[np.float64]:
    """Return one finite weight >= 0 per row, in a new array; not all may be zero, nor huge."""
    checked = check_numbers(weights, name, f"({n_rows},)")
    if checked.shape != (n_rows,):
        raise ValueError(f"{name} must have shape ({n_rows},); got {checked.shape}. {SEE_ERRORS}")
    if not np.isfinite(checked).all() or (checked < 0).any():
        raise ValueError(
            f"{name} must be finite and >= 0; got NaN, infinity or negative values "
            f"(the least is {checked.min():.6g})."
            f" {SEE_ERRORS}"
        )
    if not checked.any():
        raise ValueError(f"{name} must have a positive entry; got only zeros. {SEE_ERRORS}")
    if not checked.sum() <= MOST_ROWS:
        raise ValueError(
            f"{name} says for how many rows each row stands, {MOST_ROWS:.2g} in all at most; its "
            f"sum is {checked.sum():.2g}. Divide it by its mean. {SEE_ERRORS}"
        )
    return checked


def check_verbose(value: Any) -> None:
    """Raise unless `verbose` is a level, 0 or above, or a flag."""
    if not isinstance(value, bool | np.bool_):
        check_integer(value, "verbose", 0)


def check_classifier(value: Any, name: str = "estimator", *, needs_proba: bool = True) -> None:
    """Raise unless `value` is a classifier as scikit-learn's are, and no class of one."""
    needed = ("fit", "predict_proba" if needs_proba else "predict", "get_params")
    if isinstance(value, type) or not all(has_method(value, method) for method in needed):
        cure = f" Pass an instance, {value.__name__}(...)." if isinstance(value, type) else ""
        raise TypeError(
            f"{name} must be a classifier with {needed[1]}, like those of scikit-learn; got "
            f"{describe(value)}.{cure}"
            f" {SEE_ERRORS}"
        )


def has_method(estimator: Any, name: str) -> bool:
    """Whether an estimator has a method, or will have it once it is fitted.

    A StackingClassifier without a last classifier of its own says so only after `fit`, and so do
    a Pipeline that ends with one and a search over one.
    """
    if hasattr(estimator, name):
        return True
    if isinstance(estimator, Pipeline):
        return has_method(estimator.steps[-1][1], name)
    if isinstance(estimator, BaseSearchCV):
        return has_method(estimator.estimator, name)
    is_stack = hasattr(estimator, "estimators") and hasattr(estimator, "final_estimator")
    if not is_stack or not hasattr(type(estimator), name):
        return False
    return estimator.final_estimator is None or has_method(estimator.final_estimator, name)


def check_n_jobs(value: Any, name: str = "n_jobs") -> None:
    """Raise unless `value` is a number of processes as joblib understands it."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or value == 0:
        raise ValueError(
            f"{name} must be None or an integer other than 0, such as 2, or -1 for all processors; "
            f"got {describe(value)}."
            f" {SEE_ERRORS}"
        )


def describe(value: Any) -> str:
    """A value for a message: an array by type and shape, anything else as it is written."""
    kind = type(value).__name__
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{kind} of type {value.dtype} and shape {tuple(value.shape)}"
    text = repr(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return f"{text} of type {kind}"


def refuse_unread(values: Any) -> None:
    """Raise a TypeError that says how to read what is not an array yet."""
    refuse_lazy(values)
    refuse_paths(values)
    if isinstance(values, Dataset):
        raise TypeError(
            f"Expected an array; got a Dataset, {type(values).__name__}. Read its rows first, such "
            f"as np.stack([row for row, label in dataset]). Datasets as they are, such as "
            f"sknoisy.datasets.ImageFiles, are for the classifiers with a network."
            f" {SEE_ERRORS}"
        )


def refuse_lazy(values: Any) -> None:
    """Raise a TypeError if a frame of polars is still to be computed."""
    kind = type(values)
    if kind.__name__ == "LazyFrame" and kind.__module__.startswith("polars"):
        raise TypeError(
            "A LazyFrame of polars holds no rows yet: pass what its collect() returns."
            f" {SEE_ERRORS}"
        )


def refuse_paths(values: Any) -> None:
    """Raise a TypeError if a list or array holds paths of images instead of the images."""
    is_array = isinstance(values, np.ndarray) and values.dtype.kind in "OU"
    item = values.ravel().tolist() if is_array else values
    if not isinstance(item, list | tuple):
        return
    while isinstance(item, list | tuple) and item:
        item = item[0]
    if isinstance(item, os.PathLike) or (isinstance(item, str) and item.lower().endswith(IMAGES)):
        raise TypeError(
            f"Expected numbers; got paths of files, the first of them {str(item)!r}. Give the "
            f"classifiers with a network sknoisy.datasets.ImageFiles(paths), a Dataset that reads "
            f"each file when it is needed."
            f" {SEE_ERRORS}"
        )


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put the user's name of an array before an error of scikit-learn that does not name it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        text = str(error)
        if re.search(rf"\b{re.escape(name)}\b", text):
            raise
        # Only the kinds that a message suffices for; NotFittedError and others stay.
        kind = type(error) if type(error) in (TypeError, ValueError) else ValueError
        raise kind(f"{name}: {text}") from error
