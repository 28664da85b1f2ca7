"""A cache that cannot be written to is said to be so."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.utils.validation import check_memory

from .._hints import SEE_ERRORS


@contextmanager
def explained(memory: Any) -> Iterator[Any]:
    """Give the joblib.Memory of `memory=`; an error of its folder says what to do."""
    try:
        checked = check_memory(memory)
        yield checked
    except OSError as error:
        folder = getattr(memory, "location", memory)
        if isinstance(folder, str | os.PathLike) and not _is_writable(folder):
            raise OSError(
                error.errno,
                f"{error.strerror}. memory= must name a folder that can be written to, or one that "
                f"holds this first stage already; pass another, or memory=None"
                f" {SEE_ERRORS}",
                os.fspath(folder),
            ) from error
        raise


def check_cache(memory: Any) -> None:
    """Raise unless `memory` is None, a folder that is there or can be made, or a joblib.Memory."""
    with explained(memory):
        pass


def _is_writable(folder: str | os.PathLike[str]) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
