"""Labels of any type as class numbers, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d

from .._transition import show_labels

NUMBERS = "biuf"
TEXT = "US"


def encode_labels(
    y: ArrayLike, classes: ArrayLike | None = None, *, name: str = "y"
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Number each label of `y` by its place in `classes`.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels of any type that numpy holds.
    classes : array-like of shape (n_classes,), default=None
        Distinct labels in the order of their numbers; default: those of `y`, sorted.
    name : str, default="y"
        What the user calls `y`, for the messages.

    Returns
    -------
    codes : ndarray of int of shape (n_samples,)
    classes : ndarray of shape (n_classes,)
        In the type of `y`, so that ``classes[codes]`` is `y` again.
    """
    labels = check_labels(y, name)
    known = None if classes is None else check_classes(classes)
    if labels.dtype.kind in NUMBERS and (known is None or known.dtype.kind in NUMBERS):
        codes, distinct = _encode_numbers(labels, known)
    else:
        codes, distinct = _encode_hashables(labels, known, name)
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        first = labels[unknown[:1]].tolist()[0]
        raise ValueError(
            f"{name} holds the label {first!r}, which is not among the classes "
            f"{show_labels(distinct)}. Pass classes= with every label, in the order of T's rows."
        )
    return codes, _in_type_of(labels, distinct)


def check_labels(y: ArrayLike, name: str = "y") -> NDArray[Any]:
    """Return a non-empty 1-D array of labels without NaN."""
    # As an array first: of a Series of nullable ints or bools scikit-learn would make floats.
    labels = column_or_1d(np.asarray(y))
    if labels.size == 0:
        raise ValueError(f"{name} must hold at least one label; got an empty array.")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError(f"{name} must not hold NaN; drop the rows without a label first.")
    return labels


def check_classes(classes: ArrayLike | int, *, name: str = "classes") -> NDArray[Any]:
    """Return the distinct class labels; an int K stands for 0, ..., K - 1."""
    labels = np.arange(classes) if isinstance(classes, int | np.integer) else np.asarray(classes)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(
            f"{name} must be a 1-D array of at least one label; got shape {labels.shape}."
        )
    if len(set(labels.tolist())) < len(labels):
        raise ValueError(f"{name} must be distinct; got {show_labels(labels)}.")
    return labels


def _encode_numbers(
    labels: NDArray[Any], classes: NDArray[Any] | None
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    distinct = np.unique(labels) if classes is None else classes
    order = np.argsort(distinct)
    ordered = distinct[order]
    place = np.searchsorted(ordered, labels)
    np.minimum(place, len(ordered) - 1, out=place)
    codes = order[place]
    codes[ordered[place] != labels] = -1
    return codes, distinct


def _encode_hashables(
    labels: NDArray[Any], classes: NDArray[Any] | None, name: str
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    # Hashing beats numpy's sort of all n strings, and keeps objects as they are.
    items = labels.tolist()
    distinct = _sorted_labels(items, labels.dtype, name) if classes is None else classes
    code_of = {label: code for code, label in enumerate(distinct.tolist())}
    codes = (code_of.get(item, -1) for item in items)
    return np.fromiter(codes, dtype=np.intp, count=len(items)), distinct


def _sorted_labels(items: list[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    try:
        ordered = sorted(set(items))
    except TypeError as error:
        raise TypeError(
            f"{name} holds labels that do not sort ({error}). Pass classes= in the order of "
            f"T's rows, and drop rows without a label first."
        ) from error
    return _object_array(ordered) if dtype.kind == "O" else np.array(ordered, dtype)


def _in_type_of(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """`classes` in the type of `labels`, or in the next wider one that holds them all."""
    if labels.dtype.kind == "O":
        return _object_array(classes.tolist())
    if labels.dtype.kind in TEXT or classes.dtype.kind not in NUMBERS:
        return classes.astype(np.result_type(labels, classes))
    same = classes.astype(labels.dtype)
    return same if (same == classes).all() else classes.astype(np.result_type(labels, classes))


def _object_array(items: list[Any]) -> NDArray[Any]:
    # np.array(items, dtype=object) would turn labels that are tuples into a 2-D array.
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
