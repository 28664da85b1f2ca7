"""Training steps that are recorded once and replayed: faster for small networks, the same bits.

The door of this folder: nothing else of it is imported elsewhere. With a PyTorch that was not
tested, or that fails a probe (see `_private`), every step is an ordinary one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from torch import Tensor, nn

from ._step import TrainingStep

__all__ = ["TrainingStep", "make_step", "why_off"]


def make_step(
    module: nn.Module,
    criterion: Any,
    optimizer: Any,
    loss_of: Callable[[Tensor, Any], Tensor],
    replay: Any,
    frequent: set[int],
) -> TrainingStep:
    """What trains on a batch with an optimizer that needs no closure.

    `loss_of` maps a batch and its target, nested tuples of tensors, to their loss. `replay` is
    False for never; "auto" asks that all parts are PyTorch's or sknoisy's own, for the forward of
    any other class may depend on more than its input; True trusts them; "graph" is "auto" with
    the replay captured as a CUDA graph, where device and step allow it. `frequent` are the sizes
    of batches that were replayed before, which are recorded sooner; new ones are added.
    """
    if replay is False or why_off() is not None:
        return TrainingStep(module, criterion, optimizer, loss_of)
    from ._replaying import ReplayingStep

    parts = module, criterion, optimizer, loss_of
    return ReplayingStep(*parts, replay=replay, frequent=frequent)


@cache
def why_off() -> str | None:
    """Why nothing is replayed with this PyTorch, found out once; None if there is no reason."""
    try:
        from . import _private, _replaying  # noqa: F401
    except Exception as error:  # Whatever a PyTorch does that lacks a name.
        return f"{type(error).__name__}: {error}"
    return _private.why_unsafe()
