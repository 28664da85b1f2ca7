"""Rows and targets as the module of a net takes them."""

from __future__ import annotations

from typing import Any

import torch
from skorch import NeuralNet
from skorch.dataset import Dataset as SkorchDataset
from torch import nn
from torch.utils.data import Dataset

from .._iterators import LabelledDataset, RowsDataset


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
    kind = LabelledDataset if isinstance(X, Dataset) else RowsDataset
    return kind(X, y, sample_weight, matrix, **settings)


def takes_sparse(net: NeuralNet) -> bool:
    """Whether the module takes batches of a sparse X as CSR tensors."""
    return bool(getattr(net.module_, "takes_sparse", False))


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
