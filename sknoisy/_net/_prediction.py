"""Posteriors of a fitted net, which do not depend on which rows come together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.utils import to_device
from torch.utils.data import Dataset, Subset

from .._hints import SEE_ERRORS
from .._iterators import RowsDataset, n_rows_of_inputs, sent_ahead, with_own_generator
from ..losses import Criterion
from ..losses._base import single_precision
from ._accelerated import bare_module, batches_to_predict
from ._data import as_dataset, draws_random_numbers
from ._device import on_device, place_of, seeded, widest_float
from ._threads import evaluation_mode

# Rows are predicted in blocks of exactly this many, the last one padded: matrix products of
# another shape round differently, and predictions would depend on which rows come together.
PREDICTION_BLOCK = 512
ROWS_AT_A_TIME = 16 * PREDICTION_BLOCK


def predict_proba(net: NeuralNet, X: Any) -> NDArray[np.float64]:
    """Softmax of the logits of a fitted net, in float64, of shape (n_samples, n_classes)."""
    dataset = as_dataset(net, X)
    # A device is waited for once in a while, and need not have room for all posteriors.
    at_a_time = 1 if place_of(net).type == "cpu" else ROWS_AT_A_TIME
    proba, done, n_all = None, 0, len(dataset)  # type: ignore[arg-type]
    fresh: list[torch.Tensor] = []
    draws = draws_random_numbers(net, dataset)
    with explained_lookups(), evaluating(net, draws=draws):
        for rows, n_rows in _input_blocks(net, dataset):
            logits = logits_of(net, rows)[:n_rows]
            fresh.append(torch.softmax(logits.to(widest_float(logits.device)), dim=1))
            n_fresh = sum(map(len, fresh))
            if n_fresh < at_a_time and done + n_fresh < n_all:
                continue
            if proba is None:  # Filled in place: many small blocks would pin down the heap.
                proba = torch.empty((n_all, fresh[0].shape[1]), dtype=torch.float64)
            proba[done : done + n_fresh] = fresh[0] if len(fresh) == 1 else torch.cat(fresh)
            done, fresh = done + n_fresh, []
    assert proba is not None
    return proba.numpy()


def proba_blocks(net: NeuralNet, X: Any) -> Iterator[NDArray[np.float64]]:
    """The rows of `predict_proba`, some thousands at a time, so that they need not all exist."""
    n_rows = len(X) if isinstance(X, Dataset) else X.shape[0]  # type: ignore[arg-type]
    with on_device(net):  # Once, not block by block.
        for start in range(0, n_rows, ROWS_AT_A_TIME):
            stop = min(start + ROWS_AT_A_TIME, n_rows)
            if isinstance(X, Dataset):
                yield predict_proba(net, Subset(X, range(start, stop)))
            else:
                yield predict_proba(net, X[start:stop])


def scaled_rows(net: NeuralNet, dataset: Dataset) -> NDArray[np.float32]:
    """The rows of a table as the column scaling of a net's `TableMLP` leaves them."""
    scaling = bare_module(net).scaling
    with evaluating(net, draws=False):
        batches = with_own_generator(net.get_iterator(dataset))
        scaled = [scaling(to_device(rows, net.device)).float().cpu() for rows, _ in batches]
    return np.asarray(torch.cat(scaled))


@contextmanager
def evaluating(net: NeuralNet, draws: bool) -> Iterator[None]:
    """Evaluation mode without gradients; with seeded random numbers if some are drawn.

    These are PyTorch's global ones, for which threads have to wait: all others change nothing.
    """
    # What a module stores in `torch.inference_mode` could not be trained with any more.
    numbers = seeded(0, net.device) if draws else nullcontext()
    with numbers, evaluation_mode(net), on_device(net), torch.no_grad():
        yield


def logits_of(net: NeuralNet, rows: Any) -> torch.Tensor:
    """What the module says to a block of rows, as the criterion sees it."""
    output = net.infer(rows)
    return as_criterion_sees(net, output[0] if isinstance(output, tuple) else output)


def as_criterion_sees(net: NeuralNet, logits: torch.Tensor) -> torch.Tensor:
    """Logits through what some losses put on top of the module."""
    criterion = net.criterion_
    if not isinstance(criterion, Criterion):
        return logits
    return criterion.output_layer(single_precision(logits))


@contextmanager
def explained_lookups() -> Iterator[None]:
    """Say what it means if an embedding does not find an id."""
    try:
        yield
    except IndexError as error:
        if str(error) != "index out of range in self":
            raise
        raise ValueError(
            "X holds an id, such as that of a token or category, which an embedding of the "
            "network does not know: it is negative, or at least as large as the embedding. Give "
            "the embedding as many rows as there are ids, or replace those that it does not know."
            f" {SEE_ERRORS}"
        ) from error


def _input_blocks(net: NeuralNet, dataset: Any) -> Iterator[tuple[Any, int]]:
    """Rows for the module, and how many of them are not padding."""
    if not isinstance(dataset, RowsDataset):
        for X, _ in batches_to_predict(net, dataset):
            yield X, len(X) if isinstance(X, torch.Tensor) else n_rows_of_inputs(X)
        return
    tabular = len(dataset.source.shape) == 2 and dataset.dtype.is_floating_point
    n_rows = len(dataset)
    size = PREDICTION_BLOCK if tabular else net.batch_size if net.batch_size > 0 else n_rows
    starts = range(0, n_rows, size)
    blocks = (
        _padded(dataset.rows(slice(start, start + size)), size if tabular else 0)
        for start in starts
    )
    for start, X in zip(starts, sent_ahead(blocks, dataset.device), strict=True):
        yield X, min(size, n_rows - start)


def _padded(X: torch.Tensor, size: int) -> torch.Tensor:
    """The rows, the last one repeated until there are `size`."""
    missing = size - len(X)
    if missing <= 0 or X.layout != torch.strided:  # No kernel sees sparse rows together.
        return X
    return torch.cat([X, X[-1:].expand(missing, -1)])
