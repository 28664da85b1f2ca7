"""The phases of a training: a warm-up with another criterion, the main part, fine-tuning.

What the user's callbacks see:

- warm-up: learning-rate schedulers and the net's records (times, losses) only. All other
  callbacks, which may judge a network by its loss, begin with the first epoch of the main part;
  ReduceLROnPlateau, which does, is one of them.
- main part: all of them.
- fine-tuning: the net's records only; nothing is held out.

The history holds the epochs of all phases; columns of callbacks begin with the main part. Rows
are held out once, for warm-up and main part.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import Callback, LRScheduler, PassthroughScoring, PrintLog
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import Dataset

from .._random import numpy_seeded
from ._watchers import EpochMarker, EpochProgress, StopOnNonFiniteLoss

NamedCallbacks = list[tuple[str, Callback]]


class FirstPhase(NamedTuple):
    """A warm-up: the criterion in place of the net's, and for how many epochs."""

    criterion: Any
    epochs: int


def run_epochs(
    net: NeuralNet,
    dataset: Dataset,
    y: NDArray[np.integer],
    epochs: int,
    *,
    first: FirstPhase | None = None,
    progress: str | None = None,
    seed: int = 0,
) -> None:
    """Run warm-up and main part; Ctrl-C keeps what was trained if the main part has an epoch.

    The net is left in evaluation mode. `seed` is that of a split that has none.
    """
    marker = EpochMarker()
    callbacks: NamedCallbacks = [("marker", marker), *net.callbacks_]
    callbacks.append(("finite_loss", StopOnNonFiniteLoss()))
    if progress is not None:
        callbacks.append(("progress", EpochProgress(progress, epochs)))
    n_before, n_first = len(net.history), 0 if first is None else first.epochs
    with _replaced(net, callbacks_=callbacks), _split_once(net, dataset, y, seed):
        try:
            if first is None or n_first < 1:
                net.notify("on_train_begin", X=dataset, y=y)
                net.fit_loop(dataset, y, epochs=epochs)
            else:
                _warm_up(net, dataset, y, first)
                net.fit_loop(dataset, y, epochs=epochs - n_first)
        except KeyboardInterrupt:
            # At the end of an epoch it is a callback such as EarlyStopping that stops.
            if not marker.at_end:
                if marker.n_complete <= n_first:  # None of the main part: the loss is another.
                    raise
                _keep_complete_epochs(net, n_before, marker.n_complete, epochs)
        finally:
            try:
                net.notify("on_train_end", X=dataset, y=y)
            finally:
                net._set_training(False)


def _warm_up(net: NeuralNet, dataset: Dataset, y: NDArray[np.integer], first: FirstPhase) -> None:
    callbacks = net.callbacks_
    running = [item for item in callbacks if _runs_in_warm_up(net, *item)]
    # If this ends early, those that did not begin are not told of the end.
    net.callbacks_ = running
    with _replaced(net, criterion_=first.criterion):
        net.notify("on_train_begin", X=dataset, y=y)
        net.fit_loop(dataset, y, epochs=first.epochs)
    for item in callbacks:
        _, callback = item
        if isinstance(callback, EpochMarker):
            callback.at_end = False  # An interruption from here on is none by a callback.
        if item not in running:
            callback.on_train_begin(net, X=dataset, y=y)
        elif isinstance(callback, PassthroughScoring | PrintLog):
            # The best loss of the warm-up is none to beat, and the log gets further columns.
            callback.initialize()
    net.callbacks_ = callbacks


@contextmanager
def fine_tuning(net: NeuralNet, lr_factor: float) -> Iterator[None]:
    """Inside, a fitted net goes on with all rows at a share of the last learning rate."""
    groups = net.optimizer_.param_groups
    rates = [group["lr"] for group in groups]
    records = [(name, item) for name, item in net.callbacks_ if name in _names_of_records(net)]
    try:
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate * lr_factor
        with _replaced(net, train_split=None, callbacks_=records):
            yield
    finally:
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate


@contextmanager
def _replaced(net: NeuralNet, **attributes: Any) -> Iterator[None]:
    before = {name: getattr(net, name) for name in attributes}
    try:
        for name, value in attributes.items():
            setattr(net, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(net, name, value)


@contextmanager
def _split_once(net: NeuralNet, dataset: Dataset, y: Any, seed: int) -> Iterator[None]:
    """Inside, all phases hold out the same rows; a second draw would hold out trained ones."""
    with numpy_seeded(seed):
        split = net.get_split_datasets(dataset, y)
    # An attribute hides the method, also one that a subclass overrides.
    vars(net)["get_split_datasets"] = _FixedSplit(net, split)
    try:
        yield
    finally:
        del vars(net)["get_split_datasets"]


class _FixedSplit:
    """The parts of the data that were split off; forgotten in a pickle, as of a checkpoint."""

    def __init__(self, net: NeuralNet, split: Any) -> None:
        self.net = net
        self.split = split

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.split is None:
            return type(self.net).get_split_datasets(self.net, *args, **kwargs)
        return self.split

    def __getstate__(self) -> dict[str, Any]:
        return {"net": self.net, "split": None}


def _names_of_records(net: NeuralNet) -> set[str]:
    return {name for name, _ in net.get_default_callbacks()}


def _runs_in_warm_up(net: NeuralNet, name: str, callback: Callback) -> bool:
    if isinstance(callback, LRScheduler):
        # A schedule spans all epochs, as the user wrote it down; this one judges by the loss.
        return callback.policy not in (ReduceLROnPlateau, "ReduceLROnPlateau")
    ours = EpochMarker | StopOnNonFiniteLoss | EpochProgress
    return isinstance(callback, ours) or name in _names_of_records(net)


def _keep_complete_epochs(net: NeuralNet, n_before: int, n_complete: int, epochs: int) -> None:
    del net.history[n_before + n_complete :]
    warnings.warn(
        f"Training was interrupted after {n_complete} of {epochs} epochs; the network as trained "
        f"so far is kept.",
        UserWarning,
        stacklevel=2,
    )
