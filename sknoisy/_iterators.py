"""Rows with their targets, and a loader that hands them out as ready batches."""

from __future__ import annotations

import mmap
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch.utils.data import DataLoader, Dataset, Subset

# Of the free memory of a CUDA device, how much the training rows may take.
DEVICE_MEMORY_FRACTION = 0.5
# What `BatchLoader` understands; any other setting asks for PyTorch's own DataLoader.
LOADER_SETTINGS = frozenset({"batch_size", "shuffle", "drop_last", "generator"})


class _Targets:
    """What the criterion gets beside the logits: y, or (y, weight), or (y, weight, index)."""

    def __init__(self, y: Any, sample_weight: Any, with_index: bool, dtype: torch.dtype) -> None:
        self.y = torch.from_numpy(np.array(y))
        float_dtype = dtype if dtype.is_floating_point else torch.get_default_dtype()
        self.weight = (
            None if sample_weight is None else torch.tensor(sample_weight, dtype=float_dtype)
        )
        self.index = torch.arange(len(self.y)) if with_index else None
        if with_index and self.weight is None:
            self.weight = torch.ones(len(self.y), dtype=float_dtype)

    def to(self, device: Any) -> _Targets:
        moved = object.__new__(_Targets)
        for name, value in vars(self).items():
            setattr(moved, name, None if value is None else value.to(device))
        return moved

    def __getitem__(self, rows: Any) -> Any:
        y = rows_of(self.y, rows).long()
        if self.weight is None:
            return y
        if self.index is None:
            return y, rows_of(self.weight, rows)
        return y, rows_of(self.weight, rows), rows_of(self.index, rows)


class _TargetedDataset(Dataset):
    """Rows of some source, in the type that the module takes, each with its target."""

    def __init__(
        self,
        source: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        dtype: torch.dtype = torch.float32,
        device: Any = "cpu",
        with_index: bool = False,
    ) -> None:
        self.source = source
        self.dtype = dtype
        self.device = torch.device(device)
        self.targets = None if y is None else _Targets(y, sample_weight, with_index, dtype)

    def __getitem__(self, row: Any) -> tuple[torch.Tensor, Any]:
        # DataLoader wants something to collate where there is no target.
        return self.row(row), (torch.tensor(0) if self.targets is None else self.targets[row])

    @abstractmethod
    def row(self, row: int) -> torch.Tensor:
        """One row."""


class RowsDataset(_TargetedDataset):
    """The rows of an array, memmap or sparse matrix, cast to what the module takes.

    Parameters
    ----------
    source : array-like, memmap, sparse matrix or view of shape (n_samples, ...)
        Anything with `shape`, `dtype` and ``X[indices]``; never copied as a whole.
    y : array-like of int of shape (n_samples,), default=None
        Encoded labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights; the targets are then pairs.
    dtype : torch.dtype, default=torch.float32
        Type of the rows that the module sees.
    device : str or torch.device, default="cpu"
        Where batches are wanted.
    with_index : bool, default=False
        Whether targets also hold the row number.
    """

    def __len__(self) -> int:
        return self.source.shape[0]

    def row(self, row: int) -> torch.Tensor:
        return self.rows(np.asarray([row]))[0]

    def rows(self, indices: Any) -> torch.Tensor:
        """The rows at a slice or at an array of indices, dense, in the module's type."""
        rows = self.source[indices]
        if sparse.issparse(rows):
            rows = rows.toarray()
        # Copy a slice: a module that works in place must not reach the user's array.
        as_array = np.array if isinstance(indices, slice) else np.asarray
        return torch.from_numpy(as_array(rows, dtype=_numpy_type(self.dtype))).to(self.dtype)


class LabelledDataset(_TargetedDataset):
    """A user's Dataset, its own targets replaced by encoded labels and weights."""

    def __len__(self) -> int:
        return len(self.source)

    def row(self, row: int) -> torch.Tensor:
        item = self.source[row]
        x = item[0] if isinstance(item, tuple | list) else item
        return torch.as_tensor(np.asarray(x)).to(self.dtype)


class BatchLoader:
    """Iterate over ready batches of a `RowsDataset`, without touching single rows.

    Order and random draws are those of PyTorch's DataLoader, so that a network sees the same
    batches whichever of the two serves them.

    Parameters
    ----------
    dataset : RowsDataset, or Subset of one
        The rows.
    batch_size : int, default=1
        Rows per batch.
    shuffle : bool, default=False
        Whether each epoch takes a new random order.
    drop_last : bool, default=False
        Whether a last, smaller batch is left out.
    generator : torch.Generator, default=None
        Source of the order; default PyTorch's global one.
    resident : bool, default=True
        Keep the rows in the module's type (and on the device, if they fit there) between
        epochs; otherwise convert batch by batch.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
        *,
        resident: bool = True,
    ) -> None:
        found = find_rows(dataset)
        if found is None:
            raise TypeError(f"BatchLoader reads a RowsDataset; got {type(dataset).__name__}.")
        self.rows, self.subset = found
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = generator
        self.device = self.rows.device
        self.targets = None if self.rows.targets is None else self.rows.targets.to(self.device)
        self._resident = self._load() if resident and is_in_memory(self.rows.source) else None

    @property
    def n_samples(self) -> int:
        return len(self.rows) if self.subset is None else len(self.subset)

    def __len__(self) -> int:
        whole, rest = divmod(self.n_samples, self.batch_size)
        return whole + bool(rest and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, Any]]:
        order = self._order()
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            stop = min(start + self.batch_size, self.n_samples)
            rows = slice(start, stop) if order is None else order[start:stop]
            targets = None if self.targets is None else self.targets[rows]
            yield self._batch(rows), targets

    def _load(self) -> torch.Tensor | None:
        X = self.rows.source
        if self.device.type == "cuda":
            n_bytes = np.prod(X.shape) * torch.empty((), dtype=self.rows.dtype).element_size()
            if n_bytes > DEVICE_MEMORY_FRACTION * torch.cuda.mem_get_info(self.device)[0]:
                return None
        rows = np.ascontiguousarray(X, dtype=_numpy_type(self.rows.dtype))
        return torch.from_numpy(rows).to(self.device).to(self.rows.dtype)

    def _order(self) -> torch.Tensor | None:
        # DataLoader draws a seed for its workers first; so do we, to leave the same random state.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        subset = None if self.subset is None else torch.as_tensor(self.subset, dtype=torch.int64)
        if not self.shuffle:
            return None if subset is None else subset.to(self.device)
        generator = self.generator
        if generator is None:
            generator = torch.Generator()
            generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
        order = torch.randperm(self.n_samples, generator=generator)
        return (order if subset is None else subset[order]).to(self.device)

    def _batch(self, rows: Any) -> torch.Tensor:
        if self._resident is not None:
            batch = rows_of(self._resident, rows)
            return batch.clone() if isinstance(rows, slice) else batch
        indices = rows if isinstance(rows, slice) else rows.cpu().numpy()
        batch = self.rows.rows(indices)
        if self.device.type == "cuda":
            return batch.pin_memory().to(self.device, non_blocking=True)
        return batch


def rows_of(values: torch.Tensor, rows: Any) -> torch.Tensor:
    """``values[rows]``; faster where `rows` is a tensor of positions."""
    return values.index_select(0, rows) if isinstance(rows, torch.Tensor) else values[rows]


def find_rows(dataset: Any) -> tuple[RowsDataset, Any] | None:
    """The `RowsDataset` at the bottom of nested Subsets and the chosen rows, or None."""
    if isinstance(dataset, RowsDataset):
        return dataset, None
    if isinstance(dataset, Subset):
        found = find_rows(dataset.dataset)
        if found is not None:
            rows, outer = found
            chosen = np.asarray(dataset.indices, dtype=np.int64)
            return rows, chosen if outer is None else np.asarray(outer)[chosen]
    return None


def make_loader(dataset: Any, **settings: Any) -> Any:
    """`BatchLoader` where rows lie in an array, DataLoader for everything else.

    Takes the place of DataLoader as `iterator_train` and `iterator_valid` of a skorch net.
    """
    if find_rows(dataset) is not None and LOADER_SETTINGS.issuperset(settings):
        return BatchLoader(dataset, **settings)
    return DataLoader(dataset, **settings)


def _numpy_type(dtype: torch.dtype) -> np.dtype:
    """The numpy type to cast to on the way to `dtype`; bfloat16, unknown to numpy, takes two."""
    try:
        return torch.empty((), dtype=dtype).numpy().dtype
    except TypeError:
        return np.dtype(np.float32)


def is_in_memory(X: Any) -> bool:
    """Whether X is a writable ndarray that no file stands behind."""
    if not isinstance(X, np.ndarray) or not X.flags.writeable:
        return False
    base: Any = X
    while base is not None:
        if isinstance(base, np.memmap | mmap.mmap):
            return False
        base = getattr(base, "base", None)
    return True
