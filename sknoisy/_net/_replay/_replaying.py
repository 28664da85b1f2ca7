"""Which forward and backward passes may be recorded and replayed, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .._layout import is_plain
from . import _private
from ._fused import fused_update, settings_of
from ._graph import GraphProgram
from ._record import Program, as_program, recorded, tensors_in
from ._step import TrainingStep

# So many batches of a size are computed in the ordinary way before one is recorded: recording
# and trying costs as much as some twenty of them, which a short training would not earn back.
BATCHES_BEFORE_RECORDING = 20


@dataclass
class _Size:
    """What there is for batches of one size."""

    n_seen: int = 0
    # Makers of programs that may do what the ordinary pass does, the fastest first.
    candidates: list[Callable[[], Program]] = field(default_factory=list)
    program: Program | None = None
    # A program that ends with the update, tried once.
    whole_step: GraphProgram | None = None
    may_become_whole: bool = True


class ReplayingStep(TrainingStep):
    """Records the forward and backward pass of a batch, and replays it for those of its size.

    The replay of the next batch is compared with the ordinary pass; only if they agree in every
    bit, it takes over. It runs the same operations, but neither modules nor autograd.
    """

    def __init__(self, *args: Any, replay: Any, frequent: set[int]) -> None:
        super().__init__(*args)
        self.replay = replay
        self.frequent = frequent
        self.sizes: defaultdict[int, _Size] = defaultdict(_Size)
        self._state: list[Any] = []
        self._settings: list[Any] = []

    def begin_epoch(self) -> None:
        """Drop the recordings if anything changed that they depend on."""
        roots = [part for part in self.parts[:2] if isinstance(part, nn.Module)]
        self.modules = [module for root in roots for module in root.modules()]
        self._update: Callable[[], None] | None = None
        self._may_record = _may_record(self.modules, self.replay)
        # Lazy parameters have no place yet; they are special, and nothing is recorded.
        state = _state_of(self.modules) if self._may_record else []
        if state != self._state or not self._may_record:
            self.sizes.clear()
            self._state = state
            self.parameters = [p for root in roots for p in root.parameters() if p.requires_grad]
        whole = [size for size in self.sizes.values() if size.whole_step is not None]
        if whole and settings_of(self.parts[2]) != self._settings:
            for size in whole:  # To capture again costs more than it saves, if this goes on.
                size.whole_step = None

    def __call__(self, X: Tensor, target: Any) -> Tensor:
        size = self.sizes[len(X)]
        if size.program is None:
            trying = self._may_record and self.parameters
            loss = self._trial(X, target, size) if trying else self.backward(X, target)
            self.parts[2].step()
            return loss
        outputs = (size.whole_step or size.program)(X, *tensors_in(target))
        self._give_gradients(outputs)
        if size.whole_step is None:
            if self._update is not None:
                self._update()
            else:  # Once an epoch: settings may have changed, and a scheduler counts on it.
                self.parts[2].step()
                self._update = fused_update(self.parts[2]) or self.parts[2].step
            if isinstance(size.program, GraphProgram) and size.may_become_whole:
                size.may_become_whole = False
                size.whole_step = self._with_update(size.program)
                self._give_gradients(outputs)
        return outputs[0]

    def _give_gradients(self, outputs: tuple[Any, ...]) -> None:
        for parameter, gradient in zip(self.parameters, outputs[1:], strict=True):
            parameter.grad = gradient

    def _with_update(self, program: GraphProgram) -> GraphProgram | None:
        """Forward pass, backward pass and update in one launch; None where that cannot be."""
        update = fused_update(self.parts[2])
        if update is None:
            return None
        self._settings = settings_of(self.parts[2])

        def give_and_update(outputs: tuple[Any, ...]) -> None:
            self._give_gradients(outputs)
            update()

        try:
            with torch.no_grad(), _private.ONE_AT_A_TIME:
                return program.followed_by(give_and_update)
        except Exception:  # Whatever a capture refuses.
            return None

    def _trial(self, X: Tensor, target: Any, size: _Size) -> Tensor:
        """An ordinary pass; beside it the batch is recorded, or a recording is tried."""
        size.n_seen += 1
        if size.n_seen == (2 if len(X) in self.frequent else BATCHES_BEFORE_RECORDING):
            # Not at the first batch, in which lazy modules make their buffers.
            size.candidates = self._record(X, target)
            return self.backward(X, target)
        if not size.candidates:
            return self.backward(X, target)
        program = None
        try:
            with _undone(self.modules, X.device), torch.no_grad():
                program = size.candidates.pop(0)()
                outputs = program(X, *tensors_in(target))
        except Exception:  # Whatever is wrong, the ordinary pass is right.
            outputs = ()
        loss = self.backward(X, target)
        expected = [loss, *(parameter.grad for parameter in self.parameters)]
        # Libraries may choose other kernels in a graph, which round differently.
        agree = torch.allclose if isinstance(program, GraphProgram) else torch.equal
        if program is not None and _same(outputs, expected, agree):
            size.program, size.candidates = program, []
            self.frequent.add(len(X))
        return loss

    def _record(self, X: Tensor, target: Any) -> list[Callable[[], Program]]:
        inputs = [X, *tensors_in(target)]
        try:
            with _undone(self.modules, X.device) as buffers, torch.enable_grad():
                with recorded() as calls:
                    loss = self.loss_of(X, target)
                    found = torch.autograd.grad(loss, self.parameters, allow_unused=True)
                    gradients = [
                        _laid_out_as(parameter, gradient)
                        for parameter, gradient in zip(self.parameters, found, strict=True)
                    ]
        except Exception:  # What the user's code raises is raised again in the ordinary pass.
            return []
        make = partial(as_program, calls, inputs, [loss, *gradients], may_write=buffers)
        leaves_no_trace = not buffers and not any(call.operation.is_random for call in calls)
        if self.replay == "graph" and _has_graphs(X.device) and leaves_no_trace:
            return [lambda: GraphProgram(make(), inputs), make]
        return [make]


def _laid_out_as(parameter: Tensor, gradient: Tensor | None) -> Tensor | None:
    """A gradient as `backward` would keep it."""
    if gradient is None or gradient.stride() == parameter.stride():
        return gradient
    return gradient.contiguous() if parameter.is_contiguous() else gradient


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


def _same(outputs: tuple[Any, ...], expected: list[Any], agree: Callable[..., bool]) -> bool:
    return len(outputs) == len(expected) and all(
        a is b  # None, where a parameter has no gradient.
        or (a is not None and b is not None and a.stride() == b.stride() and agree(a, b))
        for a, b in zip(outputs, expected, strict=True)
    )


def _may_record(modules: list[nn.Module], replay: Any) -> bool:
    """Whether the pass depends on nothing but batch, parameters, buffers and `_state_of`."""
    parameters = [p for module in modules for p in module.parameters(recurse=False)]
    return not (
        _private.all_calls_are_special()
        or any(map(_private.is_hooked, modules))
        or any(map(_private.is_special, parameters))
        or any(getattr(module, "keeps_state", False) for module in modules)
        or (replay is not True and not all(map(is_plain, modules)))
    )


def _has_graphs(device: torch.device) -> bool:
    return device.type == "cuda"


def _state_of(modules: list[nn.Module]) -> list[Any]:
    """What a recording takes for granted: settings of the modules, and where tensors lie."""
    state: list[Any] = []
    for module in modules:
        tensors = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        state += [module, _settings_of(module)]
        state += [
            (id(t), t.data_ptr(), t.shape, t.stride(), t.dtype, t.requires_grad) for t in tensors
        ]
    return state


def _settings_of(module: nn.Module) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if _is_setting(value)}


def _is_setting(value: Any) -> bool:
    """Such as a rate of dropout or a kernel's size."""
    simple = isinstance(value, bool | int | float | str | None)
    return simple or (isinstance(value, tuple) and all(map(_is_setting, value)))
