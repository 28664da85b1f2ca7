"""Stop a training by rows that are left out of it, and keep the best weights of each member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import Callback
from skorch.utils import to_device
from torch import Tensor
from torch.utils.data import Dataset, Subset

from .._iterators import with_own_generator
from ..losses import Criterion
from ..losses._base import cross_entropies
from ..losses._over_labels import over_labels
from ..losses._target import read_target
from ..modules import Members
from ._accelerated import bare_module
from ._data import draws_random_numbers
from ._prediction import as_criterion_sees, evaluating
from ._threads import evaluation_mode

# More of them would hardly say it better when to stop.
MAX_ROWS = 2500


class HeldOut(NamedTuple):
    """Which rows are left out, and how long a training waits for a better loss of theirs.

    Rows with `fold` k are left out by the k-th member, or by the only network if k = 0; those
    with -1 by none. The training ends once no member had a lower loss for `patience` epochs.
    """

    fold: NDArray[np.integer]
    patience: int

    def rows_of(self, member: int) -> NDArray[np.intp]:
        return np.flatnonzero(self.fold == member)

    def some_rows_of(self, member: int) -> NDArray[np.intp]:
        """All that a member left out, evenly chosen if they are very many."""
        rows = self.rows_of(member)
        if len(rows) > MAX_ROWS:
            rows = rows[np.linspace(0, len(rows) - 1, MAX_ROWS).astype(np.intp)]
        return rows


class HeldOutStopping(Callback):
    """Record the loss of left-out rows, stop where it no longer falls, go back to its best.

    Needs to be told what to `watch`. Until `begin` it only records: a warm-up has another loss.
    """

    begun = False

    def __init__(self, held_out: HeldOut) -> None:
        self.held_out = held_out

    def watch(self, net: NeuralNet, dataset: Dataset) -> None:
        """The training set, of which some rows are left out."""
        n_members = n_members_of(bare_module(net))
        self.batches_ = [
            net.get_iterator(Subset(dataset, self.held_out.some_rows_of(member).tolist()))
            for member in range(n_members)
        ]
        self.best_ = np.full(n_members, np.inf)
        self.since_ = np.zeros(n_members, dtype=int)
        self.states_: list[list[Tensor]] = [[] for _ in range(n_members)]

    def begin(self) -> None:
        """Choose and stop from now on."""
        self.begun = True

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        losses, sizes = self._losses(net)
        net.history.record("valid_loss", float(np.average(losses, weights=sizes)))
        if not self.begun:
            return
        self.since_ += 1
        for member in np.flatnonzero(losses < self.best_).tolist():
            self.best_[member], self.since_[member] = losses[member], 0
            self.states_[member] = [part.clone() for part in state_of(bare_module(net), member)]
        net.history.record("valid_loss_best", bool((self.since_ == 0).any()))
        if (self.since_ >= self.held_out.patience).all():
            raise KeyboardInterrupt  # How callbacks of skorch's stop a training.

    def restore(self, net: NeuralNet) -> None:
        """Give each member its best weights."""
        for member, kept in enumerate(self.states_):
            if kept:
                for part, best in zip(state_of(bare_module(net), member), kept, strict=True):
                    part.copy_(best)

    def _losses(self, net: NeuralNet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean loss of the rows that each member left out, and how much they weigh."""
        n_members = len(self.best_)
        total, weight = np.zeros(n_members), np.zeros(n_members)
        with evaluation_mode(net), torch.no_grad():
            for member in range(n_members):
                for losses, weights in self._batches(net, member):
                    total[member] += float((losses * weights).sum())
                    weight[member] += float(weights.sum())
        return total / np.maximum(weight, 1e-300), weight

    def _batches(self, net: NeuralNet, member: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Losses and weights of the rows that a member left out."""
        for X, target in self.batches_[member]:
            yield losses_and_weights(net, logits_by(net, X, member), target)


def losses_and_weights(net: NeuralNet, logits: Tensor, target: Any) -> tuple[Tensor, Tensor]:
    """Losses of rows that were left out, in double precision, and how much they weigh."""
    read = read_target(to_device(target, logits.device))
    if isinstance(net.criterion_, Criterion):
        losses = net.criterion_.held_out_losses(logits, read)
    else:
        read = read._replace(labels=read.labels.long())
        losses = over_labels(cross_entropies, logits, read)
    return losses.double(), torch.ones_like(losses) if read.weight is None else read.weight


def held_out_loss(net: NeuralNet) -> float:
    """The lowest loss of the rows that a training left out, after its warm-up."""
    return min(epoch["valid_loss"] for epoch in net.history if "valid_loss_best" in epoch)


def left_out_proba(net: NeuralNet, dataset: Dataset, held_out: HeldOut) -> NDArray[np.float64]:
    """Posteriors of all rows of a data set, each by the member that left it out, in float64."""
    proba = None
    with evaluating(net, draws=draws_random_numbers(net, dataset)):
        for member in range(n_members_of(bare_module(net))):
            rows = held_out.rows_of(member)
            batches = with_own_generator(net.get_iterator(Subset(dataset, rows.tolist())))
            logits = [as_criterion_sees(net, logits_by(net, X, member)) for X, _ in batches]
            found = torch.softmax(torch.cat(logits).double(), dim=1).cpu().numpy()
            proba = np.empty((len(held_out.fold), found.shape[1])) if proba is None else proba
            proba[rows] = found
    assert proba is not None
    return proba


def logits_by(net: NeuralNet, X: Any, member: int) -> Tensor:
    """Logits of a batch by one member, or by the only network."""
    module = bare_module(net)
    if not isinstance(module, Members):
        output = net.infer(X)
        return output[0] if isinstance(output, tuple) else output
    rows = to_device(X, net.device)
    if isinstance(rows, Mapping):
        return module.logits_of(member, **rows)
    return module.logits_of(member, *(rows if isinstance(rows, tuple | list) else (rows,)))


def n_members_of(module: Any) -> int:
    return module.n_members if isinstance(module, Members) else 1


def state_of(module: Any, member: int) -> list[Tensor]:
    """The parameters and buffers of a member, where they lie."""
    if isinstance(module, Members):
        return module.state_of(member)
    return list(module.state_dict().values())
