"""Rows with their targets, where they lie and as PyTorch wants them."""

from __future__ import annotations

import mmap
import warnings
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from weakref import ref

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor
from torch.utils.data import Dataset, Subset

from .._hints import SEE_ERRORS
from ._several_inputs import as_input, is_row_of_several, row_in
from ._tensors import as_tensor

# Of the free memory of a CUDA device, how much the training rows may take.
DEVICE_MEMORY_FRACTION = 0.5


class _Targets:
    """What the criterion gets beside the logits: labels, or a dict where there is more.

    The dict holds those fields of :class:`sknoisy.losses.Target` that there are: neither
    DataLoader nor skorch can handle None.
    """

    def __init__(
        self,
        y: Any,
        weight: Any,
        matrix: Any,
        fold: Any,
        soft: Any,
        with_index: bool,
        dtype: torch.dtype,
    ) -> None:
        float_dtype = dtype if dtype.is_floating_point else torch.get_default_dtype()
        self.fields = {"labels": _as_tensor(y)}
        if weight is not None:
            self.fields["weight"] = torch.tensor(weight, dtype=float_dtype)
        if with_index:
            self.fields["index"] = torch.arange(len(self.fields["labels"]))
        if matrix is not None:
            self.fields["matrix"] = _as_tensor(matrix)
        if fold is not None:
            self.fields["fold"] = _as_tensor(fold)
        if soft is not None:
            labels, shares = soft
            self.fields["all_labels"] = _as_tensor(labels)
            # Candidates are marked, and have no shares.
            shares_dtype = torch.bool if shares.dtype == np.bool_ else float_dtype
            self.fields["shares"] = torch.tensor(shares, dtype=shares_dtype)

    def to(self, device: Any) -> _Targets:
        moved = object.__new__(_Targets)
        moved.fields = {name: values.to(device) for name, values in self.fields.items()}
        return moved

    def __getitem__(self, rows: Any) -> Tensor | dict[str, Tensor]:
        chosen = {name: rows_of(values, rows) for name, values in self.fields.items()}
        # They are stored as narrow as they come.
        for name in {"labels", "matrix", "fold", "all_labels"} & set(chosen):
            chosen[name] = chosen[name].long()
        return chosen["labels"] if len(chosen) == 1 else chosen


class _TargetedDataset(Dataset):
    """Rows of some source, in the type that the module takes, each with its target."""

    def __init__(
        self,
        source: Any,
        y: Any = None,
        sample_weight: Any = None,
        matrix: Any = None,
        fold: Any = None,
        soft: Any = None,
        *,
        dtype: torch.dtype = torch.float32,
        device: Any = "cpu",
        with_index: bool = False,
        takes_sparse: bool = False,
        n_tokens: NDArray[np.int64] | None = None,
    ) -> None:
        self.source = source
        self.takes_sparse = takes_sparse
        self.dtype = dtype
        # For each entry of a row, how many ids the embedding knows that it goes to.
        self.n_tokens = n_tokens
        self.device = torch.device(device)
        self.targets = None
        if y is not None:
            self.targets = _Targets(y, sample_weight, matrix, fold, soft, with_index, dtype)

    def __getitem__(self, row: Any) -> tuple[Any, Any]:
        # DataLoader needs something to collate where there is no target.
        return self.row(row), torch.tensor(0) if self.targets is None else self.targets[row]

    def __getitems__(self, rows: list[int]) -> list[tuple[Any, Any]]:
        """The items of a batch, as a DataLoader asks for them: read at once where they can be."""
        targets: Any = torch.zeros(len(rows), dtype=torch.int64)
        if self.targets is not None:
            targets = self.targets[torch.as_tensor(rows)]
        if isinstance(targets, dict):
            names, columns = list(targets), zip(*targets.values(), strict=True)
            targets = [dict(zip(names, values, strict=True)) for values in columns]
        return list(zip(self.inputs(rows), targets, strict=True))

    @abstractmethod
    def row(self, row: int) -> Any:
        """One row: a tensor, or a dict or tuple of several inputs."""

    @abstractmethod
    def inputs(self, rows: list[int]) -> Sequence[Any]:
        """The same of several rows."""


class RowsDataset(_TargetedDataset):
    """The rows of an array, memmap or sparse matrix, cast to what the module takes.

    The source is anything with `shape`, `dtype` and ``X[indices]``; never copied as a whole.
    """

    # Loaders keep the rows on the device, and with the last of them the memory is free.
    _resident: Callable[[], Tensor | None] = staticmethod(lambda: None)

    def __len__(self) -> int:
        return self.source.shape[0]

    def __getstate__(self) -> dict[str, Any]:
        # Workers of a DataLoader make their own; a weak reference cannot go there.
        return {name: value for name, value in vars(self).items() if name != "_resident"}

    def row(self, row: int) -> Tensor:
        return self._dense(self.source[[row]])[0]

    def inputs(self, rows: list[int]) -> Sequence[Tensor]:
        if self.takes_sparse:  # PyTorch cannot take CSR tensors apart.
            return [self.row(row) for row in rows]
        return self.rows(np.asarray(rows)).unbind()

    def rows(self, indices: Any) -> Tensor:
        """The rows at a slice or at an array of indices, in the module's type.

        Those of a sparse matrix are a CSR tensor if the module takes that, all others dense.
        """
        rows = self.source[indices]
        if sparse.issparse(rows) and self.takes_sparse:
            return csr_tensor(rows, self.dtype)
        # Copy a slice: a module that works in place must not reach the user's array.
        return self._dense(rows, copy=isinstance(indices, slice))

    def _dense(self, rows: Any, copy: bool = False) -> Tensor:
        rows = rows.toarray() if sparse.issparse(rows) else rows
        check_token_ids(rows, self.n_tokens)
        return torch.from_numpy(_as_type(rows, self.dtype, copy)).to(self.dtype)

    def resident(self) -> Tensor | None:
        """All rows at once, on the device and in the module's type; one copy for all loaders.

        None where they are not an array in memory, or take more than `DEVICE_MEMORY_FRACTION` of
        what a CUDA device has left.
        """
        held = self._resident()
        if held is None and is_in_memory(self.source) and self._fits():
            check_token_ids(self.source, self.n_tokens)
            rows = np.ascontiguousarray(_as_type(self.source, self.dtype))
            # PyTorch has no read-only tensors, and warns of what is made of read-only memory.
            rows = rows if rows.flags.writeable else rows.copy()
            try:
                held = torch.from_numpy(rows).to(self.device).to(self.dtype)
            except torch.cuda.OutOfMemoryError:
                return None  # Another process took the memory in the meantime.
            self._resident = ref(held)
        return held

    def _fits(self) -> bool:
        if self.device.type != "cuda":
            return True
        n_bytes = self.source.size * torch.empty((), dtype=self.dtype).element_size()
        free = torch.cuda.mem_get_info(self.device)[0]
        return n_bytes <= DEVICE_MEMORY_FRACTION * free


class LabelledDataset(_TargetedDataset):
    """A user's Dataset, its own targets replaced by encoded labels and weights."""

    def __len__(self) -> int:
        return len(self.source)

    def inputs(self, rows: list[int]) -> list[Any]:
        read_together = getattr(self.source, "__getitems__", None)
        if not callable(read_together):
            return [self.row(row) for row in rows]
        return [self._as_input(item) for item in read_together(rows)]

    def row(self, row: int) -> Any:
        return self._as_input(self.source[row])

    def _as_input(self, item: Any) -> Any:
        x = row_in(item)
        if self.dtype.is_floating_point or is_row_of_several(x):
            return as_input(x, self.dtype)
        values = as_tensor(x).cpu().numpy()[None]
        check_token_ids(values, self.n_tokens)
        return torch.from_numpy(_as_type(values, self.dtype)[0])


def csr_tensor(rows: Any, dtype: torch.dtype) -> Tensor:
    """A sparse CSR tensor with the entries of a scipy matrix."""
    _silence_first_csr_tensor()
    rows = rows.tocsr()
    values = np.asarray(rows.data, dtype=numpy_type(dtype))
    starts, columns, entries = map(torch.from_numpy, (rows.indptr, rows.indices, values))
    return torch.sparse_csr_tensor(starts, columns, entries, rows.shape, dtype=dtype)


@cache
def _silence_first_csr_tensor() -> None:
    """PyTorch warns at the first of a process that they are young."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.sparse_csr_tensor(torch.tensor([0, 0]), torch.tensor([]).long(), torch.tensor([]))


def check_token_ids(rows: NDArray[Any], n_tokens: NDArray[np.int64] | None) -> None:
    """Refuse what an embedding does not know: PyTorch would not say which, or end the process."""
    if n_tokens is None or not len(rows):
        return
    wrong = (rows.min(axis=0) < 0) | (rows.max(axis=0) >= n_tokens)
    if not wrong.any():
        return
    entry = tuple(np.argwhere(wrong)[0])
    values = rows[(slice(None), *entry)]
    n_known = n_tokens[entry]
    first = values[(values < 0) | (values >= n_known)][0]
    column = entry[0] if len(entry) == 1 else entry
    raise ValueError(
        f"X holds the id {first} in column {column}, which goes to an embedding of the network "
        f"that knows the ids 0 to {n_known - 1}. Give the embedding as many rows as there are "
        f"ids, or replace the ids that it does not know. {SEE_ERRORS}"
    )


def _as_type(rows: NDArray[Any], dtype: torch.dtype, copy: bool = False) -> NDArray[Any]:
    """The rows in the numpy type of a tensor's; fractions are not cut to integers."""
    wanted = numpy_type(dtype)
    try:
        with np.errstate(invalid="ignore", over="raise"):
            cast = np.array(rows, dtype=wanted) if copy else np.asarray(rows, dtype=wanted)
    except FloatingPointError as error:
        raise ValueError(
            f"X holds values too large for the network's {dtype}. Scale the features, or make the "
            f"network of float64. {SEE_ERRORS}"
        ) from error
    if wanted.kind == "i" and rows.dtype.kind == "f" and not np.array_equal(cast, rows):
        raise ValueError(
            f"X must hold integers such as token ids, as that of fit did; got {rows.dtype} with "
            f"fractions or missing values. {SEE_ERRORS}"
        )
    return cast


def _as_tensor(values: Any) -> Tensor:
    # Shares memory where the array is writable: of millions of labels one copy is enough.
    return torch.from_numpy(np.require(values, requirements=["C", "W"]))


def rows_of(values: Tensor, rows: Any) -> Tensor:
    """``values[rows]``; faster where `rows` is a tensor of positions."""
    return values.index_select(0, rows) if isinstance(rows, Tensor) else values[rows]


def find_rows(dataset: Any) -> tuple[RowsDataset, Any] | None:
    """The `RowsDataset` at the bottom of nested Subsets and the chosen rows, or None."""
    if isinstance(dataset, RowsDataset):
        return dataset, None
    if isinstance(dataset, Subset):
        inner = find_rows(dataset.dataset)
        if inner is not None:
            rows, outer = inner
            chosen = np.asarray(dataset.indices, dtype=np.int64)
            return rows, chosen if outer is None else np.asarray(outer)[chosen]
    return None


def is_in_memory(X: Any) -> bool:
    """Whether X is an ndarray that is not mapped from a file."""
    if not isinstance(X, np.ndarray):
        return False
    base: Any = X
    while base is not None:
        if isinstance(base, np.memmap | mmap.mmap):
            return False
        base = getattr(base, "base", None)
    return True


def numpy_type(dtype: torch.dtype) -> np.dtype:
    """The numpy type to cast to on the way to `dtype`; bfloat16, unknown to numpy, takes two."""
    try:
        return torch.empty((), dtype=dtype).numpy().dtype
    except TypeError:
        return np.dtype(np.float32)
