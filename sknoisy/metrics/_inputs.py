"""What the scores are given, checked: labels as row numbers of T, posteriors, weights, T."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Unpack

from .._checks import check_numbers
from .._checks import check_weights as checked_weights
from .._hints import SEE_ERRORS
from .._labels import (
    check_classes,
    check_labels,
    check_same_length,
    encode_labels,
    joint_classes,
    show_labels,
)
from .._soft_labels import is_soft, read_soft_labels
from .._transition import check_transition_matrix, classes_of_frame
from ._noisy_labels import NoisyLabels

Array = NDArray[np.float64]

SINGULAR_CONDITION = 1e8
ROW_SUM_TOLERANCE = 1e-3  # float32 posteriors of a thousand classes miss 1 by about 1e-4.


class RowOptions(TypedDict, total=False):
    """What every score takes beside labels, predictions and T."""

    classes: ArrayLike | None
    sample_weight: ArrayLike | None


def resolve(
    transition_matrix: ArrayLike, classes: ArrayLike | None, **labels: ArrayLike
) -> tuple[Any, ...]:
    """Return T, the classes in its order, and each of `labels` as row numbers of T.

    The classes are those given, or else those that label a DataFrame, or else all labels, sorted.
    """
    columns = {name: check_labels(y, name) for name, y in labels.items()}
    check_same_length(**columns)
    if classes is None:
        classes = classes_of_frame(transition_matrix)
    if classes is None and columns:
        classes = joint_classes(**columns)
    if classes is None:
        classes = len(check_transition_matrix(transition_matrix))
    all_classes = check_classes(classes)
    T = check_transition_matrix(transition_matrix, classes=all_classes)
    codes = (encode_labels(y, all_classes, name=name).codes for name, y in columns.items())
    return T, all_classes, *codes


def resolve_noisy(
    transition_matrix: ArrayLike, classes: ArrayLike | None, y_noisy: Any, **others: ArrayLike
) -> tuple[Any, ...]:
    """As `resolve`, of noisy labels that may be soft, which come as `NoisyLabels`."""
    if not is_soft(y_noisy):
        found = resolve(transition_matrix, classes, y_noisy=y_noisy, **others)
        T, all_classes, codes, *other_codes = found
        return T, all_classes, NoisyLabels(codes), *other_codes
    if classes is None:
        classes = classes_of_frame(transition_matrix)
    soft = read_soft_labels(y_noisy, classes, name="y_noisy")
    T, all_classes, *other_codes = resolve(transition_matrix, soft.classes, **others)
    check_same_length(y_noisy=soft.shares, **others)
    return T, all_classes, NoisyLabels(soft.shares), *other_codes


def read_posteriors(
    y_noisy: ArrayLike, y_proba: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> tuple[Array, NDArray[Any], NoisyLabels, Array, Array]:
    """Return T, its classes, noisy labels, posteriors, weights of sum 1."""
    T, all_classes, noisy = resolve_noisy(transition_matrix, rows.get("classes"), y_noisy)
    p = check_proba(y_proba, len(T), n_rows=len(noisy), classes=all_classes)
    return T, all_classes, noisy, p, check_weights(rows.get("sample_weight"), len(noisy))


def read_noisy_posteriors(
    noisy_proba: ArrayLike, y_noisy: ArrayLike, classes: ArrayLike | None
) -> tuple[Array, NDArray[Any], NDArray[np.intp]]:
    """Posteriors of the noisy labels, the classes of their columns, the labels as their numbers."""
    y = check_labels(y_noisy, "y_noisy")
    proba = check_numbers(noisy_proba, "noisy_proba", "(n_samples, n_classes)")
    all_classes = encode_labels(y, name="y_noisy").classes
    if classes is not None:
        all_classes = check_classes(classes)
    elif proba.ndim == 2 and proba.shape[1] != len(all_classes):
        raise ValueError(
            f"noisy_proba has {proba.shape[1]} columns, but y_noisy holds the classes "
            f"{show_labels(all_classes)}: pass classes=, the class of each column. {SEE_ERRORS}"
        )
    codes = encode_labels(y, all_classes, name="y_noisy").codes
    g = check_proba(
        proba, len(all_classes), n_rows=len(codes), name="noisy_proba", classes=all_classes
    )
    return g, all_classes, codes


def position_of(label: Any, classes: NDArray[Any], name: str) -> int:
    """Return the place of one label, the user's parameter `name`, among the classes."""
    if not isinstance(label, Hashable) or label not in classes.tolist():
        raise ValueError(
            f"{name} must be one of {show_labels(classes)}; got {label!r}. {SEE_ERRORS}"
        )
    return classes.tolist().index(label)


def check_proba(
    proba: ArrayLike,
    n_classes: int,
    *,
    n_rows: int | None = None,
    name: str = "y_proba",
    classes: NDArray[Any] | None = None,
) -> Array:
    """Return rows of probabilities, one column per class; binary ones may come as one column.

    The columns of a frame are put in the order of the `classes` that they name.
    """
    p = check_numbers(proba, name, f"({'n_samples' if n_rows is None else n_rows}, {n_classes})")
    columns = getattr(proba, "columns", None)
    if columns is not None and classes is not None and p.ndim == 2 and p.shape[1] == n_classes:
        p = p[:, _column_order(columns, classes, name)]
    if p.ndim == 1 and n_classes == 2:
        p = np.column_stack([1 - p, p])
    rows = "n_samples" if n_rows is None else n_rows
    if p.ndim != 2 or p.shape[1] != n_classes or (n_rows is not None and len(p) != n_rows):
        raise ValueError(
            f"{name} must have shape ({rows}, {n_classes}), one column per class in the order of "
            f"T's rows; got {p.shape}."
            f" {SEE_ERRORS}"
        )
    if not np.isfinite(p).all() or (p < 0).any() or (p > 1 + ROW_SUM_TOLERANCE).any():
        raise ValueError(
            f"{name} must hold probabilities in [0, 1]; got others, or NaN. {SEE_ERRORS}"
        )
    sums = p.sum(axis=1)
    if (np.abs(sums - 1) > ROW_SUM_TOLERANCE).any():
        worst = int(np.abs(sums - 1).argmax())
        raise ValueError(
            f"The rows of {name} must sum to 1; row {worst} sums to {sums[worst]:.6g}. Pass what "
            f"predict_proba returns, with a column for every class. {SEE_ERRORS}"
        )
    return p


def _column_order(columns: Any, classes: NDArray[Any], name: str) -> list[int]:
    """The column of each class in a frame; numbers from 0, as frames have them, name none."""
    labels, wanted = (list(map(str, np.asarray(names).tolist())) for names in (columns, classes))
    in_order = list(range(len(classes)))
    if labels in (wanted, list(map(str, in_order))):
        return in_order
    if sorted(labels) != sorted(wanted):
        raise ValueError(
            f"The columns of the frame {name} must be the classes {show_labels(classes)}; got "
            f"{show_labels(columns)}. Pass an array if they are in the order of T's rows. "
            f"{SEE_ERRORS}"
        )
    return [labels.index(label) for label in wanted]


def check_weights(weight: ArrayLike | None, n_rows: int, name: str = "sample_weight") -> Array:
    """Return non-negative weights that sum to 1."""
    weights = check_numbers_of_rows(weight, n_rows, name)
    return weights / weights.sum()


def check_numbers_of_rows(
    weight: ArrayLike | None, n_rows: int, name: str = "sample_weight"
) -> Array:
    """Return non-negative weights as they are: how many rows each row stands for."""
    if weight is None:
        return np.ones(n_rows)
    return checked_weights(weight, n_rows, name)


def inverse(
    T: Array,
    *,
    purpose: str = "to correct a score",
    instead: str = "To rank models use forward_log_loss, which needs no inverse.",
) -> Array:
    """Return ``inv(T)``, or say that T has none and what to do instead."""
    condition = float(np.linalg.cond(T))
    if not condition < SINGULAR_CONDITION:
        raise ValueError(
            f"transition_matrix must be invertible {purpose}; its condition number is "
            f"{condition:.3g}: some classes get the same noisy labels. {instead} {SEE_ERRORS}"
        )
    return np.asarray(np.linalg.inv(T), dtype=np.float64)
