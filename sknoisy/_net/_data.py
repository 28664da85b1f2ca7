"""Rows and targets as the module of a net takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.dataset import Dataset as SkorchDataset
from torch import nn
from torch.utils.data import Dataset, Subset, default_collate

from .._iterators import LabelledDataset, RowsDataset
from .._iterators._rows import numpy_type


def as_dataset(
    net: NeuralNet, X: Any, y: Any = None, sample_weight: Any = None, matrix: Any = None
) -> Dataset:
    """Rows and targets in the types and on the device that the module of a net takes."""
    settings = {
        "dtype": _input_type(net.module_),
        "device": net.device,
        "with_index": getattr(net.criterion_, "needs_index", False),
        "takes_sparse": takes_sparse(net),
    }
    if net.dataset is not SkorchDataset and not isinstance(X, Dataset):
        X = net.dataset(X, y, **net.get_params_for("dataset"))
    kind = LabelledDataset if isinstance(X, Dataset) else SkorchRows
    return kind(X, y, sample_weight, matrix, **settings)


def takes_sparse(net: NeuralNet) -> bool:
    """Whether the module takes batches of a sparse X as CSR tensors."""
    return bool(getattr(net.module_, "takes_sparse", False))


class SkorchRows(RowsDataset, SkorchDataset):
    """Rows in which callbacks such as ``EpochScoring(use_caching=False)`` find X and y."""

    @property
    def X(self) -> Any:
        """The rows, in the type of the module where they are an array."""
        rows = self.source
        in_array = isinstance(rows, np.ndarray)
        return rows.astype(numpy_type(self.dtype), copy=False) if in_array else rows

    @property
    def y(self) -> Any:
        """The labels as column numbers."""
        return None if self.targets is None else self.targets.fields["labels"].numpy()


def targets_of(dataset: Any) -> Any:
    """The targets of a training set: labels, or a dict where there is more."""
    bottom, rows = dataset, None
    while isinstance(bottom, Subset):
        chosen = torch.as_tensor(bottom.indices)
        bottom, rows = bottom.dataset, chosen if rows is None else chosen[rows]
    if isinstance(bottom, RowsDataset | LabelledDataset) and bottom.targets is not None:
        return bottom.targets[slice(None) if rows is None else rows]
    return default_collate([dataset[row][1] for row in range(len(dataset))])


def _input_type(module: nn.Module) -> torch.dtype:
    """int64 if the first layer embeds token ids, else the type of the weights."""
    for layer in module.modules():
        parameters = list(layer.parameters(recurse=False))
        if parameters:
            if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
                return torch.int64
            if parameters[0].is_floating_point():
                return parameters[0].dtype
    return torch.get_default_dtype()
