"""Find the original files of a data set in the data home, or download them there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ._download import download


@dataclass(frozen=True)
class RemoteFile:
    """A file that others publish.

    Parameters
    ----------
    name : str
        Its name in the data home.
    urls : tuple of str
        Where it is published; the next one is tried if one does not answer.
    known_hash : str
        Algorithm and digest, such as ``"md5:..."``.
    """

    name: str
    urls: tuple[str, ...]
    known_hash: str


def find_file(
    name: str, home: Path, folders: Sequence[str], known_hash: str | None = None
) -> Path | None:
    """The first file of that name in one of the `folders` of `home`, or None.

    Raises
    ------
    ValueError
        If it does not have the known hash.
    """
    for folder in folders:
        path = home / folder / name
        if path.is_file():
            if known_hash is not None:
                check_hash(path, known_hash)
            return path
    return None


def obtain_file(
    file: RemoteFile,
    home: Path,
    folders: Sequence[str],
    *,
    download_if_missing: bool = True,
    check: bool = True,
) -> Path:
    """The file in one of the `folders` of `home`; downloaded into the first if it is in none.

    Raises
    ------
    FileNotFoundError
        If it is missing and must not be downloaded.
    ValueError
        If it does not have the known hash.
    OSError
        If the download fails.
    """
    found = find_file(file.name, home, folders, file.known_hash if check else None)
    if found is not None:
        return found
    if not download_if_missing:
        raise missing(file.name, home, folders)
    return download(file.urls, file.known_hash, home / folders[0] / file.name)


def missing(names: str, home: Path, folders: Sequence[str]) -> FileNotFoundError:
    """The error for files that are not there, with all places where they are looked for."""
    places = ", ".join(str(home / folder) for folder in folders)
    return FileNotFoundError(
        f"{names} must be in one of {places}; there is none. Pass download_if_missing=True to "
        f"download it, or data_home= (or the environment variable SKNOISY_DATA_HOME) to name the "
        f"folder that has it."
    )


def check_hash(path: Path, known_hash: str) -> None:
    """Raise unless the file is the published one, byte for byte.

    Raises
    ------
    ValueError
        If the hash differs.
    """
    algorithm, expected = known_hash.split(":")
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != expected:
        raise ValueError(
            f"{path} must have the published {algorithm} {expected}; got {digest.hexdigest()}, "
            f"from {path.stat().st_size:,} bytes. It is damaged, incomplete or another file: "
            f"remove it, and it is downloaded again. Pass check_hash=False to read it as it is."
        )
