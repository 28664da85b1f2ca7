"""Every private or undocumented name of PyTorch that replays rest on, each with a probe.

The other files of this folder use none but through this one. `PROBES` at its end lists them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.optim import optimizer as torch_optimizer
from torch.utils._python_dispatch import TorchDispatchMode

# Minor versions with which examples/benchmarks/replay_versions.py saw the same bits.
TESTED = {(2, 6), (2, 7), (2, 8), (2, 9), (2, 10), (2, 13)}
# PyTorch keeps account of dispatch modes in global variables, which threads would mix up.
ONE_AT_A_TIME = threading.Lock()


class Operation(NamedTuple):
    """What PyTorch says of an operation; `writes` has positions and names of arguments."""

    name: str
    is_view: bool = False
    is_random: bool = False
    depends_on_values: bool = False
    writes: tuple[tuple[int, str], ...] = ()


class Listener(TorchDispatchMode):
    """Tells of every operation that runs below autograd: function, arguments and result."""

    def __init__(self, tell: Callable[[Any, tuple[Any, ...], dict[str, Any], Any], None]) -> None:
        super().__init__()
        self.tell = tell

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.tell(func, args, kwargs or {}, result)
        return result


def describe(func: Any) -> Operation:
    schema, tags = func._schema, func.tags
    writes = [
        (position, argument.name)
        for position, argument in enumerate(schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    ]
    return Operation(
        schema.name.removeprefix("aten::"),
        not schema.is_mutable and any(result.alias_info for result in schema.returns),
        torch.Tag.nondeterministic_seeded in tags,
        torch.Tag.data_dependent_output in tags or torch.Tag.dynamic_output_shape in tags,
        tuple(writes),
    )


def is_hooked(module: nn.Module) -> bool:
    """Whether a call of the module does more, or other things, than its class says."""
    replaced = "forward" in vars(module) or module._compiled_call_impl is not None
    return replaced or _has_hooks(vars(module))


def all_calls_are_special() -> bool:
    """Whether hooks on all modules are set, or modes that a replay would not know of."""
    autocasts = any(torch.is_autocast_enabled(device) for device in ("cpu", "cuda"))
    return autocasts or torch.is_anomaly_enabled() or _has_hooks(vars(torch_module))


def is_special(parameter: Tensor) -> bool:
    """Whether a parameter has hooks or is of a class with a behaviour of its own."""
    hooked = parameter._backward_hooks or parameter._post_accumulate_grad_hooks
    return bool(hooked) or type(parameter) is not nn.Parameter


def watches_steps(optimizer: Any) -> bool:
    """Whether someone wants to know of each step, or put another in its place."""
    step = vars(optimizer).get("step")
    replaced = step is not None and not hasattr(step, "_wrapped_by_lr_sched")
    return replaced or _has_hooks(vars(optimizer)) or _has_hooks(vars(torch_optimizer))


def _has_hooks(namespace: Mapping[str, Any]) -> bool:
    """Also those of kinds that are not known here; states are saved outside of epochs."""
    return any(
        name.startswith("_") and "_hooks" in name and "state_dict" not in name and bool(value)
        for name, value in namespace.items()
    )


def fused_kernel(decoupled_weight_decay: bool) -> Callable[..., None]:
    return torch._fused_adamw_ if decoupled_weight_decay else torch._fused_adam_


def add_in_place(tensors: list[Tensor], number: int) -> None:
    torch._foreach_add_(tensors, number)


def _operations_are_described() -> bool:
    seen: list[Operation] = []
    with Listener(lambda func, *rest: seen.append(describe(func))):
        x = torch.ones(2, 2)
        x.t().mul_(2)
        torch.add(x, 1, out=x)
        x.bernoulli_(0.5, generator=torch.Generator())
        x.sum().item()
        x.nonzero()
    return seen == [
        Operation("ones"),
        Operation("t", is_view=True),
        Operation("mul_", writes=((0, "self"),)),
        Operation("add", writes=((3, "out"),)),
        Operation("bernoulli_", is_random=True, writes=((0, "self"),)),
        Operation("sum"),
        Operation("_local_scalar_dense", depends_on_values=True),
        Operation("nonzero", depends_on_values=True),
    ]


def _hooks_of_modules_are_seen() -> bool:
    kinds = ("forward", "forward_pre", "backward", "full_backward", "full_backward_pre")
    hooked: list[nn.Module] = [nn.Identity() for _ in kinds]
    for kind, module in zip(kinds, hooked, strict=True):
        getattr(module, f"register_{kind}_hook")(lambda *args: None)
    return all(map(is_hooked, hooked)) and not is_hooked(nn.Identity())


def _global_hooks_are_in_place() -> bool:
    # Read off the code: to set some would concern other threads, and cannot be undone in full.
    kinds = ("forward", "forward_pre", "full_backward", "full_backward_pre")
    names = {f"module_{kind}": f"_global_{kind.removeprefix('full_')}_hooks" for kind in kinds}
    names |= {
        f"optimizer_step_{kind}": f"_global_optimizer_{kind}_hooks" for kind in ("pre", "post")
    }
    places = vars(torch_module) | vars(torch_optimizer)
    return all(
        name in places[f"register_{kind}_hook"].__code__.co_names and isinstance(places[name], dict)
        for kind, name in names.items()
    )


def _modes_are_seen() -> bool:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = torch.is_autocast_enabled("cpu")
    return inside and torch.is_anomaly_enabled() in (True, False)


def _hooks_of_parameters_are_seen() -> bool:
    early, late = (nn.Parameter(torch.zeros(1)) for _ in range(2))
    early.register_hook(lambda gradient: None)
    late.register_post_accumulate_grad_hook(lambda parameter: None)
    return is_special(early) and is_special(late) and not is_special(nn.Parameter(torch.zeros(1)))


def _watchers_of_steps_are_seen() -> bool:
    parameters = [nn.Parameter(torch.zeros(1))]
    before, after, replaced, scheduled = (torch.optim.SGD(parameters) for _ in range(4))
    before.register_step_pre_hook(lambda *args: None)
    after.register_step_post_hook(lambda *args: None)
    vars(replaced)["step"] = print
    torch.optim.lr_scheduler.LambdaLR(scheduled, lambda epoch: 1.0)
    return all(map(watches_steps, (before, after, replaced))) and not watches_steps(scheduled)


def _prepared_updates_are_steps() -> bool:
    from ._fused import fused_update  # It imports this file.

    for kind in (torch.optim.Adam, torch.optim.AdamW):
        ends = []
        for prepared in (True, False):
            parameter = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
            parameter.grad = torch.tensor([0.3, 0.2, -0.1])
            optimizer = kind([parameter], lr=0.1, weight_decay=0.1, fused=True)
            optimizer.step()
            update = fused_update(optimizer) if prepared else optimizer.step
            if update is None:
                return False
            update()
            ends.append([parameter.detach(), *optimizer.state[parameter].values()])
        if not all(map(torch.equal, *ends)):
            return False
    return True


PROBES: dict[str, Callable[[], bool]] = {
    "torch.utils._python_dispatch.TorchDispatchMode; torch.Tag; of an operation: tags, _schema "
    "with name, is_mutable, arguments, returns, alias_info, is_write": _operations_are_described,
    "of a module: _forward_hooks, _forward_pre_hooks, _backward_hooks, _backward_pre_hooks, "
    "_compiled_call_impl": _hooks_of_modules_are_seen,
    "_global_forward_hooks, _global_forward_pre_hooks, _global_backward_hooks, "
    "_global_backward_pre_hooks of torch.nn.modules.module; _global_optimizer_pre_hooks, "
    "_global_optimizer_post_hooks of torch.optim.optimizer": _global_hooks_are_in_place,
    "torch.is_autocast_enabled, torch.is_anomaly_enabled": _modes_are_seen,
    "of a parameter: _backward_hooks, _post_accumulate_grad_hooks": _hooks_of_parameters_are_seen,
    "of an optimizer: _optimizer_step_pre_hooks, _optimizer_step_post_hooks; "
    "_wrapped_by_lr_sched of its step": _watchers_of_steps_are_seen,
    "torch._fused_adam_, torch._fused_adamw_, torch._foreach_add_; in the state of Adam: exp_avg, "
    "exp_avg_sq, step": _prepared_updates_are_steps,
}


def why_unsafe() -> str | None:
    """The first reason against replays with this PyTorch, None if there is none."""
    minor = re.match(r"(\d+)\.(\d+)\.", torch.__version__)
    if minor is None or (int(minor[1]), int(minor[2])) not in TESTED:
        return f"PyTorch {torch.__version__} was not tested"
    for names, probe in PROBES.items():
        try:
            with ONE_AT_A_TIME:
                passed = probe()
        except Exception as error:  # Whatever a missing or changed name leads to.
            return f"{type(error).__name__} ({error}): {names}"
        if not passed:
            return f"not as expected: {names}"
    return None
