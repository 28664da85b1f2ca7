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

    >>> import torch
    >>> layer = torch.nn.Linear(3, 2)
    >>> adam = torch.optim.Adam(layer.parameters(), fused=True)
    >>> layer(torch.ones(1, 3)).sum().backward()
    >>> adam.step()
    >>> fused_update(adam)()
    >>> adam.state[layer.bias]["step"]
    tensor(2.)
    """
    if type(optimizer) not in (Adam, AdamW) or _private.watches_steps(optimizer):
        return None
    groups = []
    for group in optimizer.param_groups:
        parameters = [p for p in group["params"] if p.grad is not None]
        if not _is_simple(group, parameters):
            return None
        groups.append(_arguments(optimizer, group, parameters))

    def update() -> None:
        for kernel, parameters, first, second, steps, settings in groups:
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


def _is_simple(group: dict[str, Any], parameters: list[Tensor]) -> bool:
    special = any(group.get(name) for name in ("amsgrad", "capturable", "differentiable"))
    numbers = (group["lr"], *group["betas"], group["eps"], group["weight_decay"])
    return (
        bool(group.get("fused"))
        and not special
        and all(isinstance(number, int | float) for number in numbers)
        and len({(p.device, p.dtype) for p in parameters}) == 1
    )


def _arguments(optimizer: Any, group: dict[str, Any], parameters: list[Tensor]) -> tuple[Any, ...]:
    decoupled = group.get("decoupled_weight_decay", isinstance(optimizer, AdamW))
    states = [optimizer.state[parameter] for parameter in parameters]
    beta1, beta2 = group["betas"]
    settings = {name: group[name] for name in ("lr", "weight_decay", "eps", "maximize", "amsgrad")}
    return (
        _private.fused_kernel(decoupled),
        parameters,
        *([state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step")),
        settings | {"beta1": beta1, "beta2": beta2},
    )
