"""A loader that hands out rows as ready batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from .._hints import SEE_ERRORS
from ._by_name import by_name
from ._rows import find_rows, rows_of
from ._transfer import sent, sent_ahead

# What `BatchLoader` understands; any other setting asks for PyTorch's own DataLoader.
LOADER_SETTINGS = frozenset({"batch_size", "shuffle", "drop_last", "generator"})


class BatchLoader:
    """Iterate over ready batches of a `RowsDataset`, without touching single rows.

    Order and random draws are those of PyTorch's DataLoader, so that a network sees the same
    batches whichever of the two serves them. Rows that lie on the device are put in order there;
    all others are converted batch by batch, and sent there one batch ahead. The arguments are
    those of DataLoader; the dataset is a `RowsDataset` or a Subset of one.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        rows_and_subset = find_rows(dataset)
        if rows_and_subset is None:
            raise TypeError(
                f"BatchLoader reads a RowsDataset; got {type(dataset).__name__}. {SEE_ERRORS}"
            )
        self.rows, self.subset = rows_and_subset
        if batch_size < 1:
            raise ValueError(
                f"batch_size must be a positive number of rows, or -1 for all in a net; got "
                f"{batch_size!r}."
                f" {SEE_ERRORS}"
            )
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = generator
        self.device = self.rows.device
        self.targets = None if self.rows.targets is None else self.rows.targets.to(self.device)
        self._resident = self.rows.resident()

    @property
    def n_samples(self) -> int:
        return len(self.rows) if self.subset is None else len(self.subset)

    def __len__(self) -> int:
        whole, rest = divmod(self.n_samples, self.batch_size)
        return whole + bool(rest and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, Any]]:
        order = self._order()
        there = None if order is None else sent(order, self.device)
        if self._resident is None:
            batches = sent_ahead(self._converted(order), self.device)
        else:
            batches = self._picked(self._resident, there)
        for span, X in zip(self._spans(), batches, strict=True):
            rows = span if there is None else there[span]
            yield X, None if self.targets is None else self.targets[rows]

    def _spans(self) -> Iterator[slice]:
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield slice(start, min(start + self.batch_size, self.n_samples))

    def _order(self) -> Tensor | None:
        # DataLoader draws a seed for its workers first; so do we, to leave the same random state.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        subset = None if self.subset is None else torch.as_tensor(self.subset, dtype=torch.int64)
        if not self.shuffle:
            return subset
        generator = self.generator
        if generator is None:
            generator = torch.Generator()
            generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
        order = torch.randperm(self.n_samples, generator=generator)
        return order if subset is None else subset[order]

    def _picked(self, resident: Tensor, order: Tensor | None) -> Iterator[Tensor]:
        for span in self._spans():
            # Copy a slice: a module that works in place must not reach the rows.
            yield resident[span].clone() if order is None else rows_of(resident, order[span])

    def _converted(self, order: Tensor | None) -> Iterator[Tensor]:
        for span in self._spans():
            yield self.rows.rows(span if order is None else order[span].numpy())


@by_name
def make_loader(dataset: Any, **settings: Any) -> Any:
    """`BatchLoader` where rows lie in an array, DataLoader for everything else.

    Takes the place of DataLoader as `iterator_train` and `iterator_valid` of a skorch net.
    """
    if find_rows(dataset) is not None and LOADER_SETTINGS.issuperset(settings):
        return BatchLoader(dataset, **settings)
    return DataLoader(dataset, **settings)


def with_own_generator(loader: Any) -> Any:
    """The loader, which no longer draws from the global generator.

    Even where it does not shuffle it draws, a seed for its workers.
    """
    if isinstance(loader, BatchLoader | DataLoader) and loader.generator is None:
        loader.generator = torch.Generator()
    return loader
