"""Threads that share a net, or the random numbers of the process.

Whoever needs both takes the generators first: the other way round two threads could wait for
each other.

Ctrl-C may come at the end of any call. Locks are therefore taken by ``with`` themselves, not
through a Condition, which Ctrl-C could leave with the lock in its hand; and what is noted inside
``try`` is taken back by the first call in ``finally``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn


class _Use:
    """Who uses a net now: the thread that trains it, or a token for each that evaluates it."""

    def __init__(self) -> None:
        self.trainer: int | None = None
        self.evaluating: set[object] = set()
        self.modes: list[tuple[nn.Module, bool]] = []


@contextmanager
def own_generators() -> Iterator[None]:
    """Inside, no other thread of ours draws from PyTorch's generators, one per device."""
    with _GENERATORS:
        yield


@contextmanager
def training(net: Any) -> Iterator[None]:
    """Wait until no other thread trains or evaluates the net; inside, others wait."""
    me = threading.get_ident()
    use = _use_of(net)
    outer: int | None = me
    try:
        with _LOCK:
            _CHANGED.wait_for(lambda: use.trainer == me or not (use.trainer or use.evaluating))
            outer, use.trainer = use.trainer, me
        yield
    finally:
        with _LOCK:
            if use.trainer == me:
                use.trainer = outer
            _CHANGED.notify_all()


@contextmanager
def evaluation_mode(net: Any) -> Iterator[None]:
    """Inside, all modules of the net are in evaluation mode; nothing is set where they are already.

    Waits while another thread trains the net. Of several threads inside, the last to leave
    restores what the first one found.
    """
    me = threading.get_ident()
    use, token = _use_of(net), object()
    try:
        with _LOCK:
            _CHANGED.wait_for(lambda: use.trainer in (None, me))
            if not use.evaluating:
                use.modes = [
                    (part, part.training) for root in _roots(net) for part in root.modules()
                ]
            use.evaluating.add(token)
            if any(mode for _, mode in use.modes):
                net._set_training(False)
        yield
    finally:
        with _LOCK:
            use.evaluating.discard(token)
            if not use.evaluating:
                _restore(use.modes)
                use.modes = []
                _CHANGED.notify_all()


def _use_of(net: Any) -> _Use:
    with _LOCK:
        return _USES.setdefault(net, _Use())


def _restore(modes: list[tuple[nn.Module, bool]]) -> None:
    if not any(mode for _, mode in modes):
        return
    for part, mode in modes:  # By its own method first: a class may do more than set a flag.
        part.train(mode)
    for part, mode in modes:
        part.training = mode


def _roots(net: Any) -> list[nn.Module]:
    return [value for value in vars(net).values() if isinstance(value, nn.Module)]


def _forget() -> None:
    """Begin anew: a forked process has none of the threads that held something."""
    global _GENERATORS, _LOCK, _CHANGED, _USES
    _GENERATORS, _LOCK = threading.RLock(), threading.RLock()
    _CHANGED = threading.Condition(_LOCK)
    _USES = WeakKeyDictionary()


_GENERATORS: Any
_LOCK: Any
_CHANGED: threading.Condition
_USES: WeakKeyDictionary[Any, _Use]
_forget()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
