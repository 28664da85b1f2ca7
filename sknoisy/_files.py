"""Files that are there whole, or as they were before."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._checks import describe
from ._hints import SEE_ERRORS


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Inside, write to the path that this gives; at the end it takes the place of `path`.

    After an error (a full disk, Ctrl-C) nothing is left of it, and an old file stays as it was. A
    link stays one; what is no file, such as a pipe, is written to directly.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "report.html") as beside:
    ...         _ = beside.write_text("<p>")
    ...     os.listdir(folder)
    ['report.html']
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield target
        return
    # With the suffix of the target, which tells matplotlib the format.
    beside = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        yield beside
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def check_place(path: str | os.PathLike[str]) -> None:
    """Raise unless `path` names a file, there or not, in a folder that is there."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or a Path; got {describe(path)}. {SEE_ERRORS}")
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"path must be in a folder that is there; got {str(path)!r}. {SEE_ERRORS}"
        )
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"path must be that of a file; got the folder {str(path)!r}. {SEE_ERRORS}"
        )


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file, in UTF-8, by `replacing`."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")
