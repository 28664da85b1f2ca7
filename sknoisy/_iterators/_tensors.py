"""Between tensors of any kind and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from .._hints import SEE_ERRORS


def as_array(X: Any) -> Any:
    """An array, or a sparse matrix, with the rows of a tensor; anything else as it is."""
    if not isinstance(X, Tensor):
        return X
    if X.is_nested:
        raise ValueError(
            "X is a nested tensor, whose rows may differ in length. Pad them: "
            "torch.nested.to_padded_tensor(X, 0)."
            f" {SEE_ERRORS}"
        )
    if X.layout == torch.strided:
        return array_of_tensor(X)
    if X.ndim != 2 or X.dense_dim():
        raise ValueError(
            f"A sparse tensor must have shape (n_samples, n_features) and sparse rows and columns; "
            f"got shape {tuple(X.shape)}. Call X.to_dense()."
            f" {SEE_ERRORS}"
        )
    entries = X.detach().to_sparse().coalesce()
    values, places = array_of_tensor(entries.values()), array_of_tensor(entries.indices())
    if values.dtype == np.float16:  # Which scipy's sparse matrices do not have.
        values = values.astype(np.float32)
    return sparse.csr_array((values, tuple(places)), shape=tuple(X.shape))


def array_of_tensor(tensor: Tensor) -> NDArray[Any]:
    """A dense array; of a type that numpy does not have, such as bfloat16, in single precision."""
    tensor = as_tensor(tensor)
    try:
        return tensor.numpy(force=True)
    except TypeError:
        return tensor.float().numpy(force=True)


def as_tensor(value: Any) -> Tensor:
    """A dense tensor without a gradient."""
    if not isinstance(value, Tensor):
        # A tensor may be written to: what is read-only, as a row of a memory map, is copied.
        return torch.as_tensor(np.require(value, requirements="W"))
    return value.detach() if value.layout == torch.strided else value.detach().to_dense()
