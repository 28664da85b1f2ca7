"""Rows of several inputs, for networks that take more than one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import _num_samples
from torch import Tensor
from torch.utils.data import Dataset

from .._equal_rows import equal_rows
from .._hints import SEE_ERRORS
from ._tensors import as_array, as_tensor


class InputsDataset(Dataset):
    """Arrays of equally many rows, as a dict by name or a tuple; an item is a tuple of one row."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs

    def __len__(self) -> int:
        return n_rows_of_inputs(self.inputs)

    def __getitem__(self, row: int) -> tuple[Any]:
        return (map_inputs(lambda values: values[row], self.inputs),)

    def equal_rows(self) -> NDArray[np.intp]:
        """Number the rows by their content, from 0 in order of appearance."""
        return equal_rows(self.inputs)


class SequenceDataset(Dataset):
    """A sequence of rows, or of pairs (row, label) as scikit-learn picks them from a Dataset."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> tuple[Any]:
        item = self.rows[int(row)]
        # A list is read as a Dataset, whose tuples are of a row and its label.
        return (item[0] if isinstance(self.rows, list) and _is_pair(item) else item,)


def has_several_inputs(X: Any) -> bool:
    """Whether X is a dict of inputs, or a tuple of arrays.

    A list, and a tuple of anything but arrays, are rows.
    """
    if isinstance(X, Mapping):
        return not issparse(X)  # A matrix in format "dok" is a dict.
    return isinstance(X, tuple) and len(X) > 0 and all(getattr(x, "shape", ()) for x in X)


def is_sequence_of_items(X: Any) -> bool:
    """Whether X is skorch's SliceDataset, or a list of items as a Dataset has them."""
    if isinstance(X, list):
        return len(X) > 0 and (isinstance(X[0], Mapping) or _is_pair(X[0]))
    return isinstance(X, Sequence) and hasattr(X, "dataset") and hasattr(X, "indices_")


def _is_pair(item: Any) -> bool:
    """Whether an item is a row and its label, and not several inputs."""
    if not (isinstance(item, tuple) and len(item) == 2):
        return False
    row, label = item
    is_row = isinstance(row, Mapping | tuple) or bool(getattr(row, "shape", ()))
    return is_row and not isinstance(label, Mapping | tuple) and getattr(label, "shape", ()) == ()


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
            f" {SEE_ERRORS}"
        )


def compare_inputs(estimator: Any, names: Sequence[Any]) -> None:
    """Raise a ValueError unless `names` are those of the inputs that an estimator was fitted to."""
    is_table = hasattr(estimator, "n_features_in_")
    expected = [] if is_table else list(getattr(estimator, "feature_names_in_", []))
    if not is_table and not expected:
        return  # A Dataset does not tell.
    if set(expected) != set(names):
        raise ValueError(
            f"X must have the inputs that fit saw, {sorted(expected) or 'without names'}; got "
            f"{sorted(names) or 'none with names'}."
            f" {SEE_ERRORS}"
        )


def checked_inputs(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Each input as an array of finite numbers; their names are set on `estimator`, or compared."""
    check_lengths_of_inputs(X)
    names = np.asarray(list(X), dtype=object) if isinstance(X, Mapping) else None
    if not reset:
        compare_inputs(estimator, list(X) if names is not None else [])
    elif names is not None:
        estimator.feature_names_in_ = names  # But no number of features: there may be many in each.
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


def _by_kind(tensor: Tensor, floats: torch.dtype) -> Tensor:
    if tensor.dtype is torch.bool:
        return tensor
    return tensor.to(floats if tensor.is_floating_point() else torch.int64)
