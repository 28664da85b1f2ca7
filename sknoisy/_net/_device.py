"""Where a net computes, and with which random numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from ._threads import own_generators

_LOCK = threading.Lock()
# How many blocks of `on_device` are open for a net, and where it lay before the first: threads
# may share a fitted one.
_OPEN: WeakKeyDictionary[Any, tuple[int, Any]] = WeakKeyDictionary()


def resolve_device(device: Any) -> Any:
    """The device to train on: "auto" is CUDA where there is one; a missing CUDA is an error."""
    if device is None:  # skorch: where the module makes itself.
        return "cpu"
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if str(device).startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(
            f'device={device!r} needs CUDA, and PyTorch finds none here. Use device="auto" '
            f'(CUDA where there is one) or device="cpu".'
        )
    try:
        torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f'device must be "auto", "cpu", "cuda" or another that PyTorch knows; got {device!r}.'
        ) from error
    return device


@contextmanager
def seeded(seed: int, device: Any) -> Iterator[None]:
    """Seed PyTorch inside, and restore its global generators on the way out.

    One thread at a time, since the process has one generator for each device.
    """
    place = torch.device(device)
    devices = []
    if place.type == "cuda":
        devices = [torch.cuda.current_device() if place.index is None else place.index]
    with own_generators(), torch.random.fork_rng(devices=devices):
        # Only those that are restored: `torch.manual_seed` would seed every device there is.
        torch.default_generator.manual_seed(seed)
        for index in devices:
            torch.cuda.default_generators[index].manual_seed(seed)
        yield


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
    device = torch.device(net.device)
    if device.type == "cpu":
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
