"""Warnings that point at the user's line, however deep in the package they are raised."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from types import FrameType

from ._hints import SEE_WARNINGS

# Their frames, which may lie between the user's and ours in any order, are passed over. PyTorch
# and contextlib wrap functions of the others.
PASSED_OVER = {"sknoisy", "sklearn", "skorch", "joblib", "torch", "contextlib"}


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the line that called into the package, perhaps by way of scikit-learn.

    In a process of joblib's there is no such line, and the outermost frame is named. A hint to the
    page of warnings follows the message.

    Examples
    --------
    >>> warn("T is nearly singular.")  # doctest: +SKIP
    """
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and _is_passed_over(frame):
        frame = frame.f_back
        level += 1
    warnings.warn(f"{message} {SEE_WARNINGS}", category, stacklevel=level)


def warn_of(doubts: Iterable[str]) -> None:
    """Warn of each reason to doubt T."""
    for doubt in doubts:
        warn(doubt)


def _is_passed_over(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in PASSED_OVER
