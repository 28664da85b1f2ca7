"""What the scores are fed with, checked: labels as row numbers of T, probabilities, weights, T."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, column_or_1d

from .._transition import check_transition_matrix

SINGULAR_CONDITION = 1e8
ROW_SUM_TOLERANCE = 1e-3  # float32 posteriors of a thousand classes miss 1 by about 1e-4.
NUMBERS = "biuf"


def resolve(
    transition_matrix: ArrayLike, classes: ArrayLike | None, **labels: ArrayLike
) -> tuple[Any, ...]:
    """Return T, the classes in its order, and each of `labels` as row numbers of T.

    The classes are those given, or else those that label a DataFrame, or else all labels, sorted.
    """
    columns = {name: check_labels(y, name) for name, y in labels.items()}
    check_consistent_length(*columns.values())
    if classes is None and hasattr(transition_matrix, "columns"):
        classes = transition_matrix.columns  # A DataFrame says itself what its rows stand for.
    if classes is None and columns:
        classes = sorted_union(columns)
    known = check_classes(classes, len(np.asarray(transition_matrix)))
    T = check_transition_matrix(transition_matrix, classes=known)
    return (T, known, *(as_codes(y, known, name) for name, y in columns.items()))


def check_labels(y: ArrayLike, name: str) -> NDArray[Any]:
    """Return a non-empty 1-D array of labels without NaN."""
    labels = column_or_1d(np.asarray(y))
    if labels.size == 0:
        raise ValueError(f"{name} must hold at least one label; got an empty array.")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError(f"{name} must not hold NaN; drop the rows without a label first.")
    return labels


def sorted_union(columns: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """All labels of several columns, which must be of one kind."""
    if len({labels.dtype.kind in NUMBERS for labels in columns.values()}) > 1:
        types = ", ".join(f"{name} of type {y.dtype}" for name, y in columns.items())
        raise ValueError(f"Labels must be of one kind; got {types}. Convert one of them.")
    try:
        return np.unique(np.concatenate([np.unique(labels) for labels in columns.values()]))
    except TypeError as error:
        raise TypeError(
            f"{' and '.join(columns)} hold labels that do not sort ({error}). Pass classes= in "
            f"the order of T's rows."
        ) from error


def check_classes(classes: ArrayLike | None, n_classes: int) -> NDArray[Any]:
    """Return distinct class labels; without any, T's own row numbers."""
    known = np.arange(n_classes) if classes is None else np.asarray(classes)
    if known.ndim != 1 or len(set(known.tolist())) < len(known):
        raise ValueError(f"classes must be a 1-D array of distinct labels; got {known.tolist()}.")
    return known


def as_codes(labels: NDArray[Any], classes: NDArray[Any], name: str) -> NDArray[np.intp]:
    """Return the place of each label among the classes."""
    if labels.dtype.kind in NUMBERS and classes.dtype.kind in NUMBERS:
        order = np.argsort(classes)
        place = np.searchsorted(classes[order], labels).clip(max=len(classes) - 1)
        codes = np.where(classes[order][place] == labels, order[place], -1)
    else:
        place_of = {label: place for place, label in enumerate(classes.tolist())}
        found = (place_of.get(label, -1) for label in labels.tolist())
        codes = np.fromiter(found, dtype=np.intp, count=len(labels))
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        raise ValueError(
            f"{name} holds the label {labels[unknown[:1]].tolist()[0]!r}, which is not among the "
            f"classes {classes.tolist()}. Pass classes= with every label, in the order of T's rows."
        )
    return codes


def check_proba(
    proba: ArrayLike, n_classes: int, *, n_rows: int | None = None, name: str = "y_proba"
) -> NDArray[np.float64]:
    """Return rows of probabilities, one column per class; binary ones may come as one column."""
    p = np.asarray(proba, dtype=np.float64)
    if p.ndim == 1 and n_classes == 2:
        p = np.column_stack([1 - p, p])
    rows = "n_samples" if n_rows is None else n_rows
    if p.ndim != 2 or p.shape[1] != n_classes or (n_rows is not None and len(p) != n_rows):
        raise ValueError(
            f"{name} must have shape ({rows}, {n_classes}), one column per class in the order of "
            f"T's rows; got {p.shape}."
        )
    if not np.isfinite(p).all() or (p < 0).any() or (p > 1 + ROW_SUM_TOLERANCE).any():
        raise ValueError(f"{name} must hold probabilities in [0, 1]; got others, or NaN.")
    sums = p.sum(axis=1)
    if (np.abs(sums - 1) > ROW_SUM_TOLERANCE).any():
        worst = int(np.abs(sums - 1).argmax())
        raise ValueError(
            f"The rows of {name} must sum to 1; row {worst} sums to {sums[worst]:.6g}. Pass what "
            f"predict_proba returns, with a column for every class."
        )
    return p


def check_weights(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    """Return non-negative weights that sum to 1."""
    if sample_weight is None:
        return np.full(n_rows, 1 / n_rows)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight must have shape ({n_rows},); got {weights.shape}.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("sample_weight must be finite, >= 0 and not all zero; got others, or NaN.")
    return weights / weights.sum()


def check_option(value: Any, name: str, options: tuple[Any, ...]) -> None:
    """Raise unless `value` is one of `options`."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}.")


def inverse(T: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``inv(T)`` of a T whose condition number was looked at."""
    return np.asarray(np.linalg.inv(T), dtype=np.float64)


def condition_number(T: NDArray[np.float64]) -> float:
    """Return cond(T), or say that T cannot be inverted."""
    condition = float(np.linalg.cond(T))
    if not condition < SINGULAR_CONDITION:
        raise ValueError(
            f"transition_matrix must be invertible to correct a score; its condition number is "
            f"{condition:.3g}: some classes get the same noisy labels. To rank models use "
            f"forward_log_loss, which needs no inverse."
        )
    return condition
