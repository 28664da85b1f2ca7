"""Every private or undocumented name of PyTorch that replays rest on, and a probe of each.

The other files of this folder take them from here. `why_unsafe` runs the probes once; one that
fails or raises means that nothing is recorded or replayed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import optimizer as torch_optimizer
from torch.utils._python_dispatch import TorchDispatchMode

# Minor versions with which examples/benchmarks/replay_versions.py saw the same bits.
TESTED = {(2, 13)}

# What each probe answers for: its names, a mark where there is no path to them, as in `step` of x.
PROBES: dict[Callable[[], bool], tuple[str, ...]] = {}


def why_unsafe(version: str = torch.__version__) -> str | None:
    """The first reason against replays with this PyTorch, None if there is none."""
    minor = re.match(r"(\d+)\.(\d+)\.", version)
    if minor is None or (int(minor[1]), int(minor[2])) not in TESTED:
        return f"PyTorch {version} was not tested."
    for probe, names in PROBES.items():
        try:
            passed = probe()
        except Exception as error:  # Whatever a missing or changed name leads to.
            return f"{', '.join(names)}: {type(error).__name__}: {error}"
        if not passed:
            return f"{', '.join(names)}: not as expected."
    return None


def _answers_for(*names: str) -> Callable[[Callable[[], bool]], Callable[[], bool]]:
    def register(probe: Callable[[], bool]) -> Callable[[], bool]:
        PROBES[probe] = names
        return probe

    return register


# Operations below autograd


class Operation(NamedTuple):
    """What PyTorch says of an operation; `writes` are positions and names of arguments."""

    name: str
    is_view: bool = False
    is_random: bool = False
    depends_on_values: bool = False
    writes: tuple[tuple[int, str], ...] = ()


class Listener(TorchDispatchMode):
    """Tells of every operation that runs: the function, its arguments and its result."""

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


@_answers_for(
    "torch.utils._python_dispatch.TorchDispatchMode",
    "_schema of an operation: name, is_mutable, arguments, returns",
    "alias_info of an argument or a result, with is_write",
    "tags of an operation",
    "torch.Tag.nondeterministic_seeded",
    "torch.Tag.data_dependent_output",
    "torch.Tag.dynamic_output_shape",
)
def _operations_are_seen_and_described() -> bool:
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


# Hooks


def is_hooked(module: nn.Module) -> bool:
    """Whether a call of the module does more than its class says."""
    replaced = "forward" in vars(module) or module._compiled_call_impl is not None
    return replaced or _has_hooks(vars(module))


def calls_are_hooked() -> bool:
    """Whether hooks on all modules are set, or modes that a replay would not know of."""
    autocasts = any(torch.is_autocast_enabled(device) for device in ("cpu", "cuda"))
    return autocasts or torch.is_anomaly_enabled() or _has_hooks(vars(nn.modules.module))


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
    """Also those of a kind that is not known here; states are saved outside of epochs."""
    return any(
        name.startswith("_") and "_hooks" in name and "state_dict" not in name and bool(value)
        for name, value in namespace.items()
    )


@_answers_for(
    "torch.nn.Module()._forward_hooks",
    "torch.nn.Module()._forward_pre_hooks",
    "torch.nn.Module()._backward_hooks",
    "torch.nn.Module()._backward_pre_hooks",
    "torch.nn.Module()._compiled_call_impl",
)
def _hooks_of_modules_are_seen() -> bool:
    kinds = ("forward", "forward_pre", "backward", "full_backward", "full_backward_pre")
    modules = [nn.Identity() for _ in kinds]
    if any(is_hooked(module) for module in modules) or not hasattr(nn.Module, "compile"):
        return False
    for kind, module in zip(kinds, modules, strict=True):
        getattr(module, f"register_{kind}_hook")(lambda *args: None)
    compiled = nn.Module._compiled_call_impl is None
    return compiled and all(is_hooked(module) for module in modules)


@_answers_for(
    "torch.nn.modules.module._global_forward_hooks",
    "torch.nn.modules.module._global_forward_pre_hooks",
    "torch.nn.modules.module._global_backward_hooks",
    "torch.nn.modules.module._global_backward_pre_hooks",
    "torch.optim.optimizer._global_optimizer_pre_hooks",
    "torch.optim.optimizer._global_optimizer_post_hooks",
)
def _global_hooks_are_where_they_are_looked_for() -> bool:
    # Read off the code: to set some would concern other threads, and cannot be undone in full.
    kinds = ("forward", "forward_pre", "full_backward", "full_backward_pre")
    files = {"module": nn.modules.module, "optimizer_step": torch_optimizer}
    setters = [("module", kind, kind.removeprefix("full_")) for kind in kinds]
    setters += [("optimizer_step", kind, f"optimizer_{kind}") for kind in ("pre", "post")]
    return all(
        f"_global_{name}_hooks"
        in getattr(files[file], f"register_{file}_{kind}_hook").__code__.co_names
        and isinstance(getattr(files[file], f"_global_{name}_hooks"), dict)
        for file, kind, name in setters
    )


@_answers_for(
    "torch.nn.Parameter()._backward_hooks",
    "torch.nn.Parameter()._post_accumulate_grad_hooks",
)
def _hooks_of_parameters_are_seen() -> bool:
    plain, hooked, late = (nn.Parameter(torch.zeros(1)) for _ in range(3))
    hooked.register_hook(lambda gradient: None)
    late.register_post_accumulate_grad_hook(lambda parameter: None)
    return not is_special(plain) and is_special(hooked) and is_special(late)


@_answers_for("torch.is_autocast_enabled", "torch.is_anomaly_enabled")
def _modes_are_seen() -> bool:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = torch.is_autocast_enabled("cpu")
    return (
        inside
        and not torch.is_autocast_enabled("cpu")
        and torch.is_anomaly_enabled() in (True, False)
    )


@_answers_for(
    "torch.optim.Optimizer()._optimizer_step_pre_hooks",
    "torch.optim.Optimizer()._optimizer_step_post_hooks",
    "_wrapped_by_lr_sched of a step that a scheduler counts",
)
def _watchers_of_steps_are_seen() -> bool:
    plain, before, after, replaced = (
        torch.optim.SGD([nn.Parameter(torch.zeros(1))]) for _ in range(4)
    )
    torch.optim.lr_scheduler.LambdaLR(plain, lambda epoch: 1.0)
    before.register_step_pre_hook(lambda *args: None)
    after.register_step_post_hook(lambda *args: None)
    replaced.step = lambda: None
    return [watches_steps(o) for o in (plain, before, after, replaced)] == [False, True, True, True]


# Fused updates


def fused_kernel(decoupled_weight_decay: bool) -> Callable[..., None]:
    return torch._fused_adamw_ if decoupled_weight_decay else torch._fused_adam_


def add_in_place(tensors: list[Tensor], number: int) -> None:
    torch._foreach_add_(tensors, number)


@_answers_for(
    "torch._fused_adam_",
    "torch._fused_adamw_",
    "torch._foreach_add_",
    "state of Adam: exp_avg, exp_avg_sq, step",
)
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
