"""Nets on several processes: skorch's AccelerateMixin wraps their modules for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skorch import NeuralNet
from skorch.utils import to_device
from torch import nn

from .._iterators import with_own_generator
from ._device import place_of
from ._stand_in import standing_in


def bare_module(net: NeuralNet) -> Any:
    """The module without the wrapper that averages gradients among processes."""
    accelerator = getattr(net, "accelerator", None)
    return net.module_ if accelerator is None else accelerator.unwrap_model(net.module_)


@contextmanager
def losses_left_bare(net: NeuralNet) -> Iterator[None]:
    """Inside, accelerate places what has nothing to train, but wraps it not.

    On several CPUs it would wrap losses too, which PyTorch refuses.
    """
    accelerator = getattr(net, "accelerator", None)
    if accelerator is None:
        yield
        return

    def prepare(*parts: Any, **settings: Any) -> Any:
        (part, *others) = parts
        idle = isinstance(part, nn.Module) and not any(p.requires_grad for p in part.parameters())
        if idle and not others:
            return accelerator.prepare_model(part, evaluation_mode=True)
        return type(accelerator).prepare(accelerator, *parts, **settings)

    with standing_in(accelerator, "prepare", prepare):
        yield


def batches_to_predict(net: NeuralNet, dataset: Any) -> Any:
    """Batches of all rows where the net is; accelerate would hand each process its part."""
    accelerator = getattr(net, "accelerator", None)
    if accelerator is None:
        return with_own_generator(net.get_iterator(dataset, training=False))
    with standing_in(accelerator, "prepare", lambda batches: batches):
        batches = with_own_generator(net.get_iterator(dataset, training=False))
    return (to_device(batch, place_of(net)) for batch in batches)
