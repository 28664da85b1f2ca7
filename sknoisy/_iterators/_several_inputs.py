"""Rows of several inputs, for networks that take more than one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples
from torch import Tensor
from torch.utils.data import Dataset

from ._tensors import as_array, as_tensor


class InputsDataset(Dataset):
    """Arrays of equally many rows, as a dict by name or a tuple; an item is a tuple of one row."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs

    def __len__(self) -> int:
        return n_rows_of_inputs(self.inputs)

    def __getitem__(self, row: int) -> tuple[Any]:
        return (map_inputs(lambda values: values[row], self.inputs),)


class SequenceDataset(Dataset):
    """A sequence that loads its rows one by one, such as skorch's SliceDataset."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> tuple[Any]:
        return (self.rows[int(row)],)


def has_several_inputs(X: Any) -> bool:
    """Whether X is a dict of inputs, or a tuple of arrays.

    A list, and a tuple of anything but arrays, are rows.
    """
    if isinstance(X, Mapping):
        return True
    return isinstance(X, tuple) and len(X) > 0 and all(getattr(x, "shape", ()) for x in X)


def is_lazy_sequence(X: Any) -> bool:
    """Whether X loads its rows one by one, as skorch's SliceDataset."""
    return isinstance(X, Sequence) and hasattr(X, "dataset") and hasattr(X, "indices_")


def map_inputs(function: Callable[[Any], Any], X: Any) -> Any:
    """The results of a function of each input, as a dict or tuple as X is one."""
    if isinstance(X, Mapping):
        return {name: function(values) for name, values in _named(X).items()}
    return tuple(map(function, X))


def n_rows_of_inputs(X: Any) -> int:
    """Number of rows of several inputs, or of a batch of them."""
    return _num_samples(next(iter(_named(X).values())))


def check_lengths_of_inputs(X: Any) -> None:
    """Raise a ValueError unless there are inputs, and these have equally many rows."""
    lengths = {name: _num_samples(values) for name, values in _named(X).items()}
    if len(set(lengths.values())) != 1:
        got = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ValueError(
            f"The inputs in X must be at least one, and of equally many rows; got {got or 'none'}."
        )


def checked_inputs(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Each input as an array of finite numbers; their names are set on `estimator`, or compared."""
    check_lengths_of_inputs(X)
    names = np.asarray(list(X), dtype=object) if isinstance(X, Mapping) else None
    if reset:
        estimator.n_features_in_ = len(X)
        if names is not None:
            estimator.feature_names_in_ = names
    else:
        _compare_inputs(estimator, X)
    checked = {name: _checked_input(values, name) for name, values in _named(X).items()}
    return checked if names is not None else tuple(checked.values())


def as_input(x: Any, dtype: torch.dtype) -> Any:
    """A row as tensors: one input in the type given, several by what they are.

    Of several, floats get the floating type of the weights, integers become int64, and booleans
    stay.
    """
    if is_row_of_several(x):
        floats = dtype if dtype.is_floating_point else torch.get_default_dtype()
        return map_inputs(lambda value: _by_kind(as_tensor(value), floats), x)
    return as_tensor(x).to(dtype)


def is_row_of_several(x: Any) -> bool:
    """Whether a row consists of several inputs."""
    return isinstance(x, Mapping) or (
        isinstance(x, tuple) and all(hasattr(value, "shape") for value in x)
    )


def row_in(item: Any) -> Any:
    """The row in an item of a Dataset, which may be a pair with its label."""
    return item[0] if isinstance(item, tuple | list) else item


def _named(X: Any) -> dict[Any, Any]:
    return {name: X[name] for name in X} if isinstance(X, Mapping) else dict(enumerate(X))


def _checked_input(values: Any, name: Any) -> Any:
    return check_array(as_array(values), ensure_2d=False, allow_nd=True, input_name=f"X[{name!r}]")


def _compare_inputs(estimator: Any, X: Any) -> None:
    expected = getattr(
        estimator, "feature_names_in_", range(getattr(estimator, "n_features_in_", 0))
    )
    if set(expected) != set(_named(X)):
        raise ValueError(
            f"X must have the inputs that fit saw, {sorted(expected)}; got {sorted(_named(X))}."
        )


def _by_kind(tensor: Tensor, floats: torch.dtype) -> Tensor:
    if tensor.dtype is torch.bool:
        return tensor
    return tensor.to(floats if tensor.is_floating_point() else torch.int64)
