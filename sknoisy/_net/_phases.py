"""The phases of a training: a warm-up with another criterion, the main part, fine-tuning.

What the user's callbacks see:

- `on_train_begin` once, before the warm-up, with X and y and the criterion of the main part: some
  change the module there.
- warm-up: learning-rate schedulers, those that freeze or set parameters or clip gradients, and
  the net's records (times, losses). All other callbacks, which may judge a network by its loss,
  get the epochs of the main part only; ReduceLROnPlateau, which does, is one of them.
- main part: all of them.
- fine-tuning: the net's records only; nothing is held out.

The history holds the epochs of all phases; columns of callbacks begin with the main part. Rows
are held out once, for warm-up and main part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import (
    Callback,
    EarlyStopping,
    GradientNormClipping,
    LRScheduler,
    PassthroughScoring,
    PrintLog,
)
from skorch.callbacks.scoring import ScoringBase
from skorch.callbacks.training import ParamMapper
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import Dataset, Subset

from .._interruptions import watching_ctrl_c
from .._random import numpy_seeded
from .._stages import stage
from ._accelerated import bare_module
from ._stand_in import as_skorch_knows_it, standing_in
from ._stopping import HeldOutStopping, n_members_of
from ._watchers import EpochMarker, EpochProgress, EpochReport, StopOnNonFiniteLoss

NamedCallbacks = list[tuple[str, Callback]]


class FirstPhase(NamedTuple):
    """A warm-up: the criterion in place of the net's, and for how many epochs."""

    criterion: Any
    epochs: int


def run_epochs(
    net: NeuralNet,
    X: Any,
    y: NDArray[np.integer],
    prepare: Callable[[], tuple[Dataset, FirstPhase | None]],
    epochs: int,
    name: str,
    verbose: int,
    *,
    seed: int = 0,
    stopping: HeldOutStopping | None = None,
) -> None:
    """Run warm-up and main part; Ctrl-C is passed on.

    `name` is that of the stage. `prepare` makes the training set and says which warm-up there is,
    after callbacks may have changed the module. `seed` is that of a split that has none. The net
    is left in evaluation mode.
    """
    marker = EpochMarker()
    callbacks: NamedCallbacks = [("marker", marker), *net.callbacks_]
    callbacks.append(("finite_loss", StopOnNonFiniteLoss()))
    if verbose:
        callbacks.append(("progress", EpochProgress(name, epochs)))
    if stopping is not None:
        callbacks.append(("held_out", stopping))
    replaced = _replaced(net, callbacks_=callbacks)
    with _left_evaluating(net), replaced, as_skorch_knows_it(net), _announced(net, X, y):
        with watching_ctrl_c() as ctrl_c, stage(name, epochs) as report:
            if report is not None:
                callbacks.append(("report", EpochReport(report)))
            try:
                dataset, first = prepare()
                _run_phases(net, dataset, y, epochs, first, seed, stopping)
            except KeyboardInterrupt:
                # At the end of an epoch it is a callback such as EarlyStopping that stops.
                if not marker.at_end:
                    raise
            if stopping is not None:
                stopping.restore(net)
            if ctrl_c.pressed:  # Also if a callback kept it to itself.
                raise KeyboardInterrupt


@contextmanager
def _announced(net: NeuralNet, X: Any, y: NDArray[np.integer]) -> Iterator[None]:
    """Tell net and callbacks of begin and end, after an error only those that have begun."""
    begun = []
    try:
        for listener in (net, *(callback for _, callback in net.callbacks_)):
            listener.on_train_begin(net, X=X, y=y)
            begun.append(listener)
        yield
    except BaseException:
        for listener in begun:
            with suppress(Exception):  # The error that came first is the one to see.
                listener.on_train_end(net, X=X, y=y)
        raise
    net.notify("on_train_end", X=X, y=y)


def _run_phases(
    net: NeuralNet,
    dataset: Dataset,
    y: Any,
    epochs: int,
    first: FirstPhase | None,
    seed: int,
    stopping: HeldOutStopping | None,
) -> None:
    if stopping is not None:
        stopping.watch(net, dataset)
        if n_members_of(bare_module(net)) == 1:
            dataset = Subset(dataset, np.flatnonzero(stopping.held_out.fold != 0).tolist())
    with _split_once(net, dataset, y, seed):
        if first is not None and first.epochs:
            _warm_up(net, dataset, y, first)
            epochs -= first.epochs
        if stopping is not None:
            stopping.begin()
        net.fit_loop(dataset, y, epochs=epochs)


@contextmanager
def _left_evaluating(net: NeuralNet) -> Iterator[None]:
    try:
        yield
    finally:
        net._set_training(False)


def _warm_up(net: NeuralNet, dataset: Dataset, y: Any, first: FirstPhase) -> None:
    callbacks = net.callbacks_
    running = [item for item in callbacks if _runs_in_warm_up(net, *item)]
    with _replaced(net, callbacks_=running, criterion_=first.criterion):
        net.fit_loop(dataset, y, epochs=first.epochs)
    for _, callback in running:
        if isinstance(callback, EpochMarker):
            callback.at_end = False  # An interruption from here on is none by a callback.
        elif isinstance(callback, PassthroughScoring | ScoringBase | PrintLog):
            # The best loss of the warm-up is none to beat, and the log gets further columns.
            callback.initialize()


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


def _split_once(
    net: NeuralNet, dataset: Dataset, y: Any, seed: int
) -> AbstractContextManager[None]:
    """Inside, all phases hold out the same rows; a second draw would hold out trained ones."""
    with numpy_seeded(seed):
        split = net.get_split_datasets(dataset, y)
    return standing_in(net, "get_split_datasets", lambda *args, **kwargs: split)


def may_change_module(net: NeuralNet) -> bool:
    """Whether a callback may do so as a training begins, as `InputShapeSetter` does."""
    verb = "on_train_begin"
    harmless = ScoringBase | EarlyStopping | LRScheduler
    return any(
        getattr(type(callback), verb) is not getattr(Callback, verb)
        and not isinstance(callback, harmless)
        and not type(callback).__module__.startswith("sknoisy.")
        for _, callback in net.callbacks_
    )


def _names_of_records(net: NeuralNet) -> set[str]:
    return {name for name, _ in net.get_default_callbacks()}


def _runs_in_warm_up(net: NeuralNet, name: str, callback: Callback) -> bool:
    if isinstance(callback, LRScheduler):
        # A schedule spans all epochs, as the user wrote it down; this one judges by the loss.
        return callback.policy not in (ReduceLROnPlateau, "ReduceLROnPlateau")
    ours = EpochMarker | StopOnNonFiniteLoss | EpochProgress | EpochReport | HeldOutStopping
    unrelated_to_the_loss = ParamMapper | GradientNormClipping
    return isinstance(callback, ours | unrelated_to_the_loss) or name in _names_of_records(net)
