"""Where a net computes, and with which random numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from .._hints import SEE_ERRORS
from ._threads import own_generators

_LOCK = threading.Lock()
# How many blocks of `on_device` are open for a net, and where it lay before the first: threads
# may share a fitted one.
_OPEN: WeakKeyDictionary[Any, tuple[int, Any]] = WeakKeyDictionary()


def resolve_device(device: Any) -> Any:
    """The device to train on; one that is not there is an error.

    "auto" is CUDA where there is one, else MPS, else the CPU. None stays None: skorch then moves
    nothing, and batches go where the module lies.
    """
    if device is None:
        return None
    if device == "auto":
        return next((kind for kind in ("cuda", "mps") if _is_there(kind)), "cpu")
    try:
        kind = torch.device(device).type
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f'device must be "auto", "cpu", "cuda" or another that PyTorch knows; got {device!r}.'
            f" {SEE_ERRORS}"
        ) from error
    if not _is_there(kind):
        raise ValueError(
            f"device={device!r} needs {kind.upper()}, and PyTorch finds none here. Use "
            f'device="auto" (CUDA or MPS where there is one) or device="cpu". {SEE_ERRORS}'
        )
    return device


def _is_there(kind: str) -> bool:
    backends: dict[str, Any] = {"mps": torch.backends.mps}
    backend = backends.get(kind, getattr(torch, kind, None))
    return kind == "cpu" or (backend is not None and bool(backend.is_available()))


def place_of(net: Any) -> torch.device:
    """Where an initialized net computes: on its device, or where its module lies if that is None.

    The latter is how accelerate places a net.
    """
    if net.device is not None:
        return torch.device(net.device)
    return next((p.device for p in net.module_.parameters()), torch.device("cpu"))


def widest_float(place: torch.device) -> torch.dtype:
    """The widest floating-point type of a device; MPS has no double precision."""
    return torch.float32 if place.type == "mps" else torch.float64


@contextmanager
def seeded(seed: int, device: Any) -> Iterator[None]:
    """Seed PyTorch inside, and restore its global generators on the way out.

    One thread at a time, since the process has one generator for each device.
    """
    place = torch.device(resolve_device("auto") if device is None else device)
    devices = []
    if place.type == "cuda":
        devices = [torch.cuda.current_device() if place.index is None else place.index]
    with own_generators(), torch.random.fork_rng(devices=devices), _other_seeded(seed, place):
        # Only those that are restored: `torch.manual_seed` would seed every device there is.
        torch.default_generator.manual_seed(seed)
        for index in devices:
            torch.cuda.default_generators[index].manual_seed(seed)
        yield


@contextmanager
def _other_seeded(seed: int, place: torch.device) -> Iterator[None]:
    """Seed the generator of a device that is neither the CPU nor CUDA, and restore it."""
    if place.type not in ("mps", "xpu"):
        yield
        return
    backend = getattr(torch, place.type)
    state = backend.get_rng_state()
    try:
        backend.manual_seed(seed)
        yield
    finally:
        backend.set_rng_state(state)


@contextmanager
def on_device(net: Any, home: Any = None) -> Iterator[None]:
    """The parts of an initialized net lie on its device inside, and at home when all have left.

    Parameters
    ----------
    net : skorch.NeuralNet
        Its module, criterion and optimizer are moved where they are not there already.
    home : device, default=None
        Default where the module lay before.
    """
    device = place_of(net)
    if device.type == "cpu" or net.device is None:
        yield
        return
    with _LOCK:
        n_open, lay = _OPEN.get(net, (0, None))
        if not n_open:
            lay = next((t.device for t in net.module_.state_dict().values()), device)
            move(net, device)
        _OPEN[net] = n_open + 1, lay
    try:
        yield
    finally:
        with _LOCK:
            n_open, lay = _OPEN[net]
            lay = lay if home is None else home
            _OPEN[net] = n_open - 1, lay
            if n_open == 1:
                move(net, lay)
                if device.type == "cuda":
                    torch.cuda.empty_cache()  # Other processes have to see what is free.


def move(net: Any, device: Any) -> None:
    """Move module, criterion and state of the optimizer of a net, if it can be moved."""
    groups = net.optimizer_.param_groups
    states = [(g, net.optimizer_.state.get(p, {})) for g in groups for p in g["params"]]
    if any(isinstance(value, list | dict) for _, state in states for value in state.values()):
        return  # An optimizer such as LBFGS keeps what only it can move.
    for part in (net.module_, net.criterion_):
        if isinstance(part, nn.Module):
            part.to(device)
    for group, state in states:
        for name, value in state.items():
            # PyTorch wants the count of steps in main memory unless kernels read it.
            read_there = group.get("fused") or group.get("capturable")
            if isinstance(value, Tensor) and (name != "step" or read_there):
                state[name] = value.to(device)
