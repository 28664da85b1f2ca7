"""Which forward and backward passes may be recorded and replayed, and when."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ._fused import fused_update, settings_of
from ._graph import GraphProgram
from ._layout import is_plain
from ._record import NotRecordable, Program, Recorder, as_program, tensors_in

# So many batches of a size are computed in the ordinary way before one is recorded: recording
# and trying costs as much as some twenty of them, which a short training would not earn back.
BATCHES_BEFORE_RECORDING = 20
# PyTorch keeps account of dispatch modes in global variables, which threads would mix up.
_ONE_AT_A_TIME = threading.Lock()
_SETTINGS = bool | int | float | str | None
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_TENSOR_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")


class TrainingSteps:
    """Batch after batch of one training: loss, gradients and update.

    After some batches of a size, the forward and backward pass of one is recorded as a flat list
    of operations. For the next, the replay of the list and the ordinary pass are compared; only
    if they agree in every bit, the replay takes over. It runs the same operations, but neither
    modules nor autograd.

    Parameters
    ----------
    module, criterion : torch.nn.Module
        Network and loss.
    optimizer : torch.optim.Optimizer
        What updates their parameters; none that needs a closure.
    loss_of : callable
        Maps a batch and its targets to the loss of both.
    replay : bool, "auto" or "graph"
        "auto" asks that all parts are PyTorch's or sknoisy's own: the forward of any other class
        may depend on more than its input. True trusts them. False never replays. "graph" is
        "auto" with the replay captured as a CUDA graph, where the device and the step allow it.
    """

    def __init__(
        self,
        module: nn.Module,
        criterion: Any,
        optimizer: Any,
        loss_of: Callable[[Tensor, Any], Tensor],
        replay: Any,
    ) -> None:
        self.parts = module, criterion, optimizer
        self.loss_of = loss_of
        self.replay = replay
        # Sizes of batches that were frequent enough: their next recording need not wait, but for
        # an ordinary batch first, in which lazy modules make their buffers.
        self.replayed: set[int] = set()
        self._state: list[Any] = []
        self._settings: list[Any] = []
        self._forget()

    def _forget(self) -> None:
        self._programs: dict[int, Program] = {}
        # Programs that end with the update; None where there is none to be had.
        self._whole_steps: dict[int, GraphProgram | None] = {}
        self._candidates: dict[int, list[Callable[[], Program]]] = {}
        self._seen: Counter[int] = Counter()

    def begin_epoch(self) -> None:
        """Drop the recordings if anything changed that they depend on."""
        roots = [m for m in self.parts[:2] if isinstance(m, nn.Module)]
        parts = [part for root in roots for part in root.modules()]
        self._modules = parts
        self._may_record = _may_record(parts, self.replay)
        self._update: Callable[[], None] | None = None
        state = _state_of(parts)
        if state != self._state or not self._may_record:
            self._forget()
            self._state = state
            self._parameters = [p for m in roots for p in m.parameters() if p.requires_grad]
        if self._whole_steps and settings_of(self.parts[2]) != self._settings:
            # Captured again they would cost more than a launch saves, if this goes on.
            for size in self._whole_steps:
                self._whole_steps[size] = None

    def __call__(self, X: Tensor, target: Any) -> Tensor:
        """Train on a batch, without gradients around; return its mean loss."""
        size = len(X)
        program = self._programs.get(size)
        if program is None:
            trying = self._may_record and len(self._parameters) > 0
            loss = (self._trial if trying else self._ordinary)(X, target)
            self.parts[2].step()
            return loss
        whole = self._whole_steps.get(size)
        outputs = (whole or program)(X, *tensors_in(target))
        self._give_gradients(outputs)
        if whole is None:
            self._take_step()
            if isinstance(program, GraphProgram) and size not in self._whole_steps:
                self._whole_steps[size] = self._with_update(program)
                self._give_gradients(outputs)
        return outputs[0]

    def _give_gradients(self, outputs: tuple[Any, ...]) -> None:
        for parameter, gradient in zip(self._parameters, outputs[1:], strict=True):
            parameter.grad = gradient

    def _take_step(self) -> None:
        if self._update is not None:
            self._update()
        else:  # Once an epoch: settings may have changed, and a scheduler counts on it.
            optimizer = self.parts[2]
            optimizer.step()
            self._update = fused_update(optimizer) or optimizer.step

    def _with_update(self, program: GraphProgram) -> GraphProgram | None:
        """Forward pass, backward pass and update in one launch; None where that cannot be."""
        update = fused_update(self.parts[2])
        if update is None:
            return None
        self._settings = settings_of(self.parts[2])

        def use(outputs: tuple[Any, ...]) -> None:
            self._give_gradients(outputs)
            update()

        try:
            with torch.no_grad(), _ONE_AT_A_TIME:
                return program.followed_by(use)
        except (RuntimeError, TypeError):
            return None

    def _ordinary(self, X: Tensor, target: Any) -> Tensor:
        self.parts[2].zero_grad()
        with torch.enable_grad():
            loss = self.loss_of(X, target)
            loss.backward()
        return loss.detach()

    def _trial(self, X: Tensor, target: Any) -> Tensor:
        size = len(X)
        self._seen[size] += 1
        if self._seen[size] == (2 if size in self.replayed else BATCHES_BEFORE_RECORDING):
            self._candidates[size] = self._record(X, target)
            return self._ordinary(X, target)
        candidates = self._candidates.get(size)
        if not candidates:
            return self._ordinary(X, target)
        program, tried = self._try(candidates.pop(0), X, target)
        loss = self._ordinary(X, target)
        expected = [loss, *(p.grad for p in self._parameters)]
        # Libraries may choose other kernels in a graph, which round differently.
        if tried is not None and _same(tried, expected, not isinstance(program, GraphProgram)):
            self._programs[size] = program
            self._candidates[size] = []
            self.replayed.add(size)
        return loss

    def _record(self, X: Tensor, target: Any) -> list[Callable[[], Program]]:
        """Makers of programs that may do what the ordinary pass does, the fastest first."""
        inputs = [X, *tensors_in(target)]
        try:
            with _undone(self._modules, X.device) as buffers:
                with torch.enable_grad(), _ONE_AT_A_TIME, Recorder() as recorder:
                    loss = self.loss_of(X, target)
                    gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        except (NotRecordable, RuntimeError, TypeError):
            return []
        make = partial(as_program, recorder.calls, inputs, [loss, *gradients], may_write=buffers)
        makers: list[Callable[[], Program]] = [make, partial(make, fast=False)]
        leaves_no_trace = not buffers and not any(call.is_random for call in recorder.calls)
        if self.replay == "graph" and _has_graphs(X.device) and leaves_no_trace:
            makers.insert(0, lambda: GraphProgram(make(), inputs))
        return makers

    def _try(
        self, make: Callable[[], Program], X: Tensor, target: Any
    ) -> tuple[Any, tuple[Any, ...] | None]:
        """The program and what it returns; None where it cannot be made or run."""
        try:
            with _undone(self._modules, X.device), torch.no_grad():
                program = make()
                return program, program(X, *tensors_in(target))
        except (NotRecordable, RuntimeError, TypeError):
            return None, None


@contextmanager
def _undone(modules: list[nn.Module], device: torch.device) -> Iterator[list[Tensor]]:
    """Give the buffers; they, settings and random states are on the way out as on the way in."""
    buffers = [buffer for module in modules for buffer in module.buffers(recurse=False)]
    saved = [buffer.clone() for buffer in buffers]
    settings = [_settings_of(module) for module in modules]
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            yield buffers
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, saved, strict=True):
                buffer.copy_(value)
        for module, before in zip(modules, settings, strict=True):
            vars(module).update(before)


def _same(found: tuple[Any, ...], expected: list[Any], exact: bool) -> bool:
    agree = torch.equal if exact else torch.allclose
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and a.stride() == b.stride() and agree(a, b))
        for a, b in zip(found, expected, strict=True)
    )


def _may_record(parts: list[nn.Module], replay: Any) -> bool:
    """Whether the pass depends on nothing but batch, parameters, buffers and `_state_of`."""
    if replay is False or _autocasts() or torch.is_anomaly_enabled():
        return False
    hooked = any(getattr(nn.modules.module, f"_global{name}", None) for name in _HOOKS)
    for part in parts:
        if replay is not True and not is_plain(part):
            return False
        if getattr(part, "keeps_state", False):
            return False
        hooked = hooked or any(getattr(part, name, None) for name in _HOOKS)
        for parameter in part.parameters(recurse=False):
            hooked = hooked or any(getattr(parameter, name, None) for name in _TENSOR_HOOKS)
    return not hooked


def _has_graphs(device: torch.device) -> bool:
    return device.type == "cuda"


def _autocasts() -> bool:
    return any(torch.is_autocast_enabled(device) for device in ("cpu", "cuda"))


def _state_of(parts: list[nn.Module]) -> list[Any]:
    """What a recording takes for granted: settings of the modules, and where tensors lie."""
    state: list[Any] = []
    for part in parts:
        tensors = [*part.parameters(recurse=False), *part.buffers(recurse=False)]
        state += [part, _settings_of(part)]
        state += [(t.data_ptr(), t.shape, t.stride(), t.dtype, t.requires_grad) for t in tensors]
    return state


def _settings_of(module: nn.Module) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if isinstance(value, _SETTINGS)}
