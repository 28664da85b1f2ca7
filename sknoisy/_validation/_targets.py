"""The user's y, checked: one label per row as class numbers, or shares of all classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import compute_class_weight

from .._checks import check_number, describe
from .._hints import SEE_ERRORS
from .._iterators import array_of_tensor
from .._labels import (
    as_label_array,
    check_labels,
    encode_labels,
    refuse_several_columns,
    show_labels,
    sort_classes,
)
from .._soft_labels import SoftLabels, read_candidate_sets, read_soft_labels


def one_type(y: Any) -> NDArray[Any]:
    """Labels of one type, none missing; a single column is left to scikit-learn."""
    y = array_of_tensor(y) if isinstance(y, torch.Tensor) else y
    refuse_several_columns(y)
    labels = as_label_array(y)
    return check_labels(labels) if labels.ndim == 1 and labels.size else labels


def encode(y: NDArray[Any], classes: ArrayLike | None) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The sorted classes, two at least, and the position of every label among them."""
    codes, all_classes = encode_labels(y, None if classes is None else sort_classes(classes))
    if len(all_classes) < 2:
        raise ValueError(
            f"A classifier needs samples of at least 2 classes; y holds 1 class, "
            f"{all_classes.tolist()[0]!r}. If others are only absent from this sample, name all "
            f"of them with classes=."
            f" {SEE_ERRORS}"
        )
    # Narrow on purpose: millions of labels that point into few rows should cost little.
    return all_classes, codes.astype(np.int32)


def class_factors(
    class_weight: Any,
    classes: NDArray[Any],
    y: NDArray[np.integer],
    shares: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """The weight of each row's class; a class is as large as the sum of its shares."""
    if not isinstance(class_weight, Mapping) and not (
        isinstance(class_weight, str) and class_weight == "balanced"
    ):
        raise ValueError(
            f'class_weight must be a dict from labels to weights, "balanced" or None; got '
            f"{describe(class_weight)}."
            f" {SEE_ERRORS}"
        )
    if isinstance(class_weight, Mapping):
        for label, weight in class_weight.items():
            check_number(weight, f"class_weight[{label!r}]", "[0, inf)")
    present = np.unique(y)
    factors = np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        named = compute_class_weight(class_weight, classes=classes[present], y=classes[y])
        factors[present] = named
    else:
        sizes = np.bincount(y, shares)[present]
        factors[present] = sizes.sum() / (len(present) * sizes)
    if not factors[present].any():
        raise ValueError(
            f"class_weight must not be zero for every class in y; got {class_weight}. {SEE_ERRORS}"
        )
    return factors[y]


def read_soft(y: Any, classes: ArrayLike | None, has_candidates: bool = False) -> SoftLabels:
    """Soft labels, in the sorted order of the classes; those of a candidate set are equal."""
    y = array_of_tensor(y) if isinstance(y, torch.Tensor) else y
    ordered = None if classes is None else sort_classes(classes)
    if ordered is not None and not hasattr(y, "columns"):
        if np.asarray(classes).tolist() != ordered.tolist():
            raise ValueError(
                f"The columns of y come in the sorted order of the classes, "
                f"{show_labels(ordered)}; got classes={np.asarray(classes).tolist()}. Sort both, "
                f"or pass a frame whose columns name the classes."
                f" {SEE_ERRORS}"
            )
    return (read_candidate_sets if has_candidates else read_soft_labels)(y, ordered)


def encode_shares(
    shares: NDArray[np.float64], classes: ArrayLike | None
) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.float64]]:
    """Row, class and size of each share; of two classes at least, unless `classes` names them."""
    rows, columns = np.nonzero(shares)
    if classes is None and np.ptp(columns) == 0:
        raise ValueError(
            f"A classifier needs samples of at least 2 classes; y holds shares of 1. {SEE_ERRORS}"
        )
    return rows, columns.astype(np.int32), shares[rows, columns]
