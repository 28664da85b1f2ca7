"""Posteriors of a fitted net, which do not depend on which rows come together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from torch.utils.data import Dataset, Subset

from .._iterators import RowsDataset
from ..losses import Criterion
from ._data import as_dataset
from ._device import on_device, seeded

# Rows are predicted in blocks of exactly this many, the last one padded: matrix products of
# another shape round differently, and predictions would depend on which rows come together.
PREDICTION_BLOCK = 512
ROWS_AT_A_TIME = 16 * PREDICTION_BLOCK


def predict_proba(net: NeuralNet, X: Any) -> NDArray[np.float64]:
    """Softmax of the logits of a fitted net, in float64, of shape (n_samples, n_classes)."""
    dataset = as_dataset(net, X, None, None)
    proba, done = None, 0
    with evaluating(net):
        for rows, n_rows in _input_blocks(net, dataset):
            block = torch.softmax(logits_of(net, rows)[:n_rows].double(), dim=1)
            if proba is None:  # Filled in place: many small blocks would pin down the heap.
                proba = block.new_empty((len(dataset), block.shape[1]))  # type: ignore[arg-type]
            proba[done : done + n_rows] = block
            done += n_rows
    assert proba is not None
    return proba.cpu().numpy()


def proba_blocks(net: NeuralNet, X: Any) -> Iterator[NDArray[np.float64]]:
    """The rows of `predict_proba`, some thousands at a time, so that they need not all exist."""
    n_rows = len(X) if isinstance(X, Dataset) else X.shape[0]  # type: ignore[arg-type]
    for start in range(0, n_rows, ROWS_AT_A_TIME):
        stop = min(start + ROWS_AT_A_TIME, n_rows)
        if isinstance(X, Dataset):
            yield predict_proba(net, Subset(X, range(start, stop)))
        else:
            yield predict_proba(net, X[start:stop])


@contextmanager
def evaluating(net: NeuralNet) -> Iterator[None]:
    """Evaluation mode, without gradients and with a random state of its own."""
    training = net.module_.training
    net._set_training(False)
    try:
        with on_device(net), seeded(0, net.device), torch.inference_mode():
            yield
    finally:
        net._set_training(training)


def logits_of(net: NeuralNet, rows: torch.Tensor) -> torch.Tensor:
    """What the module says to a block of rows, as the criterion sees it."""
    output = net.infer(rows)
    logits = output[0] if isinstance(output, tuple) else output
    criterion = net.criterion_
    return criterion.output_layer(logits) if isinstance(criterion, Criterion) else logits


def _input_blocks(net: NeuralNet, dataset: Any) -> Iterator[tuple[torch.Tensor, int]]:
    """Rows for the module, and how many of them are not padding."""
    if not isinstance(dataset, RowsDataset):
        for X, _ in net.get_iterator(dataset, training=False):
            yield X, len(X)
        return
    tabular = len(dataset.source.shape) == 2 and dataset.dtype.is_floating_point
    size = PREDICTION_BLOCK if tabular else net.batch_size
    for start in range(0, len(dataset), size):
        X = dataset.rows(slice(start, start + size))
        n_rows = len(X)
        if tabular and n_rows < size:
            X = torch.cat([X, X[-1:].expand(size - n_rows, -1)])
        yield X.to(dataset.device), n_rows
