"""Methods of a net that are exchanged during a training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from skorch import NeuralNet

from .._warn import warn
from ..losses._target import PlainBatches
from ._device import place_of


class StandIn:
    """What an attribute of a net hides its method with, also one that a subclass overrides.

    A copy or pickle of the net, such as a checkpoint, gets the method back.
    """

    def __init__(self, net: Any, name: str, function: Callable[..., Any]) -> None:
        self.net = net
        self.name = name
        self.function: Callable[..., Any] | None = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = self.function or getattr(type(self.net), self.name).__get__(self.net)
        return function(*args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {"net": self.net, "name": self.name, "function": None}


@contextmanager
def standing_in(net: Any, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Inside, a function takes the place of the method of this name."""
    vars(net)[name] = StandIn(net, name, function)
    try:
        yield
    finally:
        del vars(net)[name]


@contextmanager
def plain_batches(net: NeuralNet, batches: Any) -> Iterator[Any]:
    """Inside, batches as skorch's own loop, steps, callbacks and `get_loss` know them."""
    plain = PlainBatches(batches, place_of(net))
    with plain.served():
        yield plain
    if plain.unread:
        warn(
            f"get_loss of {type(net).__name__} does not hand the labels of the batch to "
            f"self.criterion_, so that weights and transition matrices of the rows have no "
            f"effect. Call super().get_loss(y_pred, y_true, ...) with y_true as it is.",
        )


@contextmanager
def as_skorch_knows_it(net: NeuralNet) -> Iterator[None]:
    """Inside, a net of the user's own class gets plain batches; `LeanNet` takes care of itself."""

    def run_single_epoch(iterator: Any, *args: Any, **kwargs: Any) -> None:
        run = type(net).run_single_epoch
        if iterator is None:
            run(net, iterator, *args, **kwargs)
            return
        with plain_batches(net, iterator) as batches:
            run(net, batches, *args, **kwargs)

    if hasattr(net, "_may_run_lean"):
        yield
        return
    with standing_in(net, "run_single_epoch", run_single_epoch):
        yield
