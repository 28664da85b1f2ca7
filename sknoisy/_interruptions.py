"""Ctrl-C: told apart from callbacks that stop a training, and never swallowed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CtrlC:
    """A handler of SIGINT that remembers that the one before it raised KeyboardInterrupt."""

    pressed = False

    def __init__(self, before: Any) -> None:
        self.before = before

    def __call__(self, *args: Any) -> None:
        try:
            self.before(*args)
        except KeyboardInterrupt:
            self.pressed = True
            # Here, since the block below may be interrupted again before it gets to it.
            signal.signal(signal.SIGINT, self.before)
            raise


@contextmanager
def watching_ctrl_c() -> Iterator[CtrlC]:
    """Know inside whether Ctrl-C was pressed; only the main thread is told of it.

    KeyboardInterrupt alone does not say so: callbacks raise it to end a training.
    """
    before = signal.getsignal(signal.SIGINT)
    ctrl_c = CtrlC(before)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield ctrl_c
        return
    try:
        signal.signal(signal.SIGINT, ctrl_c)
        yield ctrl_c
    finally:
        if signal.getsignal(signal.SIGINT) is ctrl_c:
            signal.signal(signal.SIGINT, before)


@contextmanager
def ctrl_c_passed_on() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end if what ran inside kept a Ctrl-C to itself.

    `MLPClassifier` and skorch's nets do, and return what is trained by half.
    """
    with watching_ctrl_c() as ctrl_c:
        yield
        if ctrl_c.pressed:
            raise KeyboardInterrupt
