"""What the items of a user's Dataset are, and the labels that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .._checks import describe
from .._hints import SEE_ERRORS
from ._tensors import as_array


def check_items(dataset: Any) -> None:
    """Raise unless a Dataset is map-style, not empty, and its first item holds numbers."""
    if not hasattr(dataset, "__len__"):
        raise TypeError(
            f"X must be a map-style Dataset with __len__ and __getitem__; "
            f"{type(dataset).__name__} has no length."
            f" {SEE_ERRORS}"
        )
    if len(dataset) == 0:
        raise ValueError(f"X must hold at least one row; the Dataset is empty. {SEE_ERRORS}")
    item = dataset[0]
    row = item[0] if isinstance(item, tuple | list) and len(item) else item
    inputs = row.values() if isinstance(row, Mapping) else row if isinstance(row, tuple) else [row]
    if not all(_holds_numbers(values) for values in inputs):
        raise TypeError(
            f"X must be a Dataset of rows, or of pairs (row, label), whose rows are arrays of "
            f"numbers; its first row is {describe(row)}."
            f" {SEE_ERRORS}"
        )


def _holds_numbers(values: Any) -> bool:
    try:
        return np.asarray(as_array(values)).dtype.kind in "biuf"
    except (TypeError, ValueError, RuntimeError):
        return isinstance(values, torch.Tensor)  # Of a type that numpy does not know.


def dataset_labels(dataset: Any) -> NDArray[Any]:
    """The labels of a map-style Dataset: its `targets`, or else one pass over its items."""
    check_items(dataset)
    targets = getattr(dataset, "targets", None)
    if targets is not None and len(targets) == len(dataset):
        return np.asarray(targets)
    item = dataset[0]
    if not (isinstance(item, tuple | list) and len(item) == 2):
        raise ValueError(
            f"Pass y beside a Dataset whose items are not pairs (x, label); its items are of type "
            f"{type(item).__name__}."
            f" {SEE_ERRORS}"
        )
    labels = (np.asarray(dataset[row][1]) for row in range(len(dataset)))
    # Those of several numbers are soft.
    return np.asarray([label.item() if label.size == 1 else label for label in labels])
