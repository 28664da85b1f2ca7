"""Rows and targets as the module of a net takes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.dataset import Dataset as SkorchDataset
from torch import nn
from torch.utils.data import Dataset, Subset, TensorDataset, default_collate

from .._iterators import LabelledDataset, RowsDataset, as_tensor, is_row_of_several, row_in
from .._iterators._rows import numpy_type
from ._accelerated import bare_module
from ._device import place_of


class ModuleInput(NamedTuple):
    """What `fit` learns of a module: how it takes rows, and whether it needs random numbers."""

    dtype: torch.dtype
    # Of each entry of a row: how many ids the embedding knows that it goes to.
    n_tokens: NDArray[np.int64] | None = None
    draws: bool = True


def as_dataset(
    net: NeuralNet,
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    matrix: Any = None,
    fold: Any = None,
    soft: Any = None,
    *,
    takes: ModuleInput | None = None,
) -> Dataset:
    """Rows and targets in the types and on the device that the module of a net takes."""
    takes = module_input(net, X) if takes is None else takes
    settings: dict[str, Any] = {
        "dtype": takes.dtype,
        "n_tokens": takes.n_tokens,
        "device": place_of(net),
        "with_index": getattr(net.criterion_, "needs_index", False),
        "takes_sparse": takes_sparse(net),
    }
    if net.dataset is not SkorchDataset and not isinstance(X, Dataset):
        X = net.dataset(X, y, **net.get_params_for("dataset"))
    kind = LabelledDataset if isinstance(X, Dataset) else SkorchRows
    return kind(X, y, sample_weight, matrix, fold, soft, **settings)


def takes_sparse(net: NeuralNet) -> bool:
    """Whether the module takes batches of a sparse X as CSR tensors."""
    return bool(getattr(bare_module(net), "takes_sparse", False))


def module_input(net: NeuralNet, X: Any) -> ModuleInput:
    """What `fit` learnt of the module; for a net that was fitted elsewhere, what X suggests."""
    known: ModuleInput | None = vars(net).get("_module_input")
    return ModuleInput(input_types(net.module_, X)[0]) if known is None else known


def keep_module_input(net: NeuralNet, takes: ModuleInput) -> None:
    """Remember it, also in pickles of the net."""
    vars(net)["_module_input"] = takes


def input_types(module: nn.Module, X: Any) -> list[torch.dtype]:
    """In which types the module may want these rows, the likelier one first.

    Floats stay floats. Integers may be token ids as well as pixels or counts.
    """
    parameters = list(module.parameters())
    types = [p.dtype for p in parameters if p.is_floating_point()]
    floating = types[0] if types else torch.get_default_dtype()
    if not _holds_integers(X):
        return [floating]
    embeds = any(isinstance(part, nn.Embedding | nn.EmbeddingBag) for part in module.modules())
    return [torch.int64, floating] if embeds else [floating, torch.int64]


def draws_random_numbers(net: NeuralNet, dataset: Any) -> bool:
    """Whether predicting may draw some: in the module, or in a Dataset of an unknown class."""
    if vars(net).get("_module_input", ModuleInput(torch.float32)).draws:
        return True
    while isinstance(dataset, LabelledDataset | Subset):
        dataset = dataset.source if isinstance(dataset, LabelledDataset) else dataset.dataset
    return not isinstance(dataset, RowsDataset | TensorDataset)


def _holds_integers(X: Any) -> bool:
    if isinstance(X, Dataset):
        row = row_in(X[0])
        if is_row_of_several(row):  # Each is taken for what it is.
            return False
        dtype = as_tensor(row).dtype
        return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)
    return np.dtype(X.dtype).kind in "iu"


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
