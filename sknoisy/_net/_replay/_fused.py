"""The update of a fused Adam on lists made once per epoch, not per batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.optim import Adam, AdamW

from . import _private


def fused_update(optimizer: Any) -> Callable[[], None] | None:
    """What ``optimizer.step()`` does, from now until its settings or parameters change.

    ``step`` collects parameters, gradients and state for each batch, which takes longer than the
    update itself where networks are small; the kernel here is the one that ``step`` calls. To be
    made after a step, which initializes the state. None if the optimizer is not a plain fused
    Adam or AdamW.
    """
    if type(optimizer) not in (Adam, AdamW) or _private.watches_steps(optimizer):
        return None
    groups = [_prepared(optimizer, group) for group in optimizer.param_groups]
    if None in groups:
        return None

    def update() -> None:
        for kernel, parameters, first, second, steps, settings in groups:  # type: ignore[misc]
            gradients = [parameter.grad for parameter in parameters]
            _private.add_in_place(steps, 1)
            kernel(parameters, gradients, first, second, [], steps, **settings)

    return update


def settings_of(optimizer: Any) -> list[Any]:
    """All that `fused_update` takes for granted beside the parameters, to compare later."""
    settings: list[Any] = [_private.watches_steps(optimizer)]
    for group in optimizer.param_groups:
        settings.append({name: value for name, value in group.items() if name != "params"})
    for state in optimizer.state.values():
        settings += [value.data_ptr() for value in state.values() if isinstance(value, Tensor)]
    return settings


def _prepared(optimizer: Any, group: dict[str, Any]) -> tuple[Any, ...] | None:
    """Kernel, lists of tensors and settings of a group; None if it has special settings."""
    parameters = [p for p in group["params"] if p.grad is not None]
    settings = {name: group[name] for name in ("lr", "weight_decay", "eps", "maximize", "amsgrad")}
    settings["beta1"], settings["beta2"] = group["betas"]
    if (
        not group.get("fused")
        or any(group.get(name) for name in ("amsgrad", "capturable", "differentiable"))
        or not all(isinstance(value, int | float) for value in settings.values())
        or len({(p.device, p.dtype) for p in parameters}) != 1
    ):
        return None
    decoupled = group.get("decoupled_weight_decay", isinstance(optimizer, AdamW))
    states = [optimizer.state[parameter] for parameter in parameters]
    lists = [[state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step")]
    return _private.fused_kernel(decoupled), parameters, *lists, settings
