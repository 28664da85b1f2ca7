"""Download a file with pooch: whole, hash-checked, resumed where it stopped, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from .._hints import SEE_ERRORS
from ._home import import_extra

TIMEOUT = 30  # seconds without an answer
CHUNK = 1 << 18  # bytes


def download(urls: Sequence[str], known_hash: str, target: Path) -> Path:
    """Download into `target`, which appears once it is complete and has the known hash.

    What a broken connection has left stays in a file of the same name and suffix `.part`, and
    the next call goes on from there. Two processes that want the same file wait for each other.

    The next of the `urls` is tried if one does not answer or sends something else. Otherwise it
    is a ValueError if what arrives has another hash, an OSError if there is no connection, space
    or permission, an ImportError if pooch is not installed.
    """
    pooch = import_extra("pooch", f"The download of {target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            try:
                _download_from_any(pooch, urls, known_hash, target)
            finally:
                Path(f"{target}.lock").unlink(missing_ok=True)
    except OSError as error:
        raise _explained(error, target) from error
    return target


def _download_from_any(pooch: Any, urls: Sequence[str], known_hash: str, target: Path) -> None:
    if target.is_file():  # Another process was faster.
        return
    partial = target.with_name(target.name + ".part")
    algorithm, expected = known_hash.split(":")
    failures: list[Exception] = []
    for url in urls:
        try:
            _stream(url, partial, done=partial.stat().st_size if partial.is_file() else 0)
            found = pooch.file_hash(str(partial), alg=algorithm)
            if found == expected:
                os.replace(partial, target)
                return
            partial.unlink()  # The rest of it would not mend it.
            failures.append(ValueError(f"The file has the {algorithm} {found}."))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
                raise
            failures.append(error)
    if all(isinstance(failure, ValueError) for failure in failures):
        raise ValueError(
            f"{target.name} as downloaded from {', '.join(urls)} does not have the published hash "
            f"{known_hash}: the file there has changed, or something in between answers in its "
            f"place. Nothing was kept. Place the original file at {target} by hand. {SEE_ERRORS}"
        ) from failures[-1]
    reasons = "; ".join(f"{url}: {why}" for url, why in zip(urls, failures, strict=True))
    raise ConnectionError(
        f"{target.name} could not be downloaded ({reasons}). Try again, and a broken download "
        f"goes on where it stopped; or place the file at {target} by hand. {SEE_ERRORS}"
    ) from failures[-1]


def _stream(url: str, partial: Path, done: int) -> None:
    """Go on with what an earlier try has left in `partial`, `done` bytes."""
    requests = import_extra("requests", f"The download of {url}")
    headers = {"Range": f"bytes={done}-"} if done else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if done and answer.status_code == 416:  # Nothing is left to send.
            return
        answer.raise_for_status()
        resumed = answer.status_code == 206
        rest = int(answer.headers.get("Content-Length", 0))
        # Not before there is something to write: an interruption leaves no empty file.
        chunks = answer.iter_content(CHUNK)
        first = next(chunks, b"")
        bar = tqdm(
            desc=partial.stem,
            total=done * resumed + rest or None,
            initial=done * resumed,
            unit="B",
            unit_scale=True,
            disable=None,
        )
        with bar, partial.open("ab" if resumed else "wb") as stream:
            for chunk in chain([first], chunks):
                stream.write(chunk)
                bar.update(len(chunk))


def _explained(error: OSError, target: Path) -> OSError:
    """The same error with what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        # Half a file only takes the space that is missing.
        target.with_name(target.name + ".part").unlink(missing_ok=True)
        cure = "There is no space left for it: make room, or pass another data_home="
    elif error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        cure = "The folder cannot be written to: pass another data_home="
    else:
        return error
    return OSError(
        error.errno,
        f"{os.strerror(error.errno)}. {cure}, or set SKNOISY_DATA_HOME. Nothing was kept"
        f" {SEE_ERRORS}",
        str(target),
    )
