"""Find the original files of a data set in the data home, or download them there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .._checks import check_flag
from .._hints import SEE_ERRORS
from ._download import download
from ._home import DataHome, get_data_home


@dataclass(frozen=True)
class RemoteFile:
    """A file that others publish; the next of its `urls` is tried if one does not answer."""

    name: str
    urls: tuple[str, ...]
    known_hash: str  # algorithm and digest, such as "md5:..."


@dataclass(frozen=True)
class Store:
    """The folders of the data home that may hold a data set, and what is allowed there."""

    data_home: DataHome
    folders: tuple[str, ...]  # downloads go to the first
    download_if_missing: bool
    check_hash: bool

    def __post_init__(self) -> None:
        get_data_home(self.data_home)
        check_flag(self.download_if_missing, "download_if_missing")
        check_flag(self.check_hash, "check_hash")

    @property
    def paths(self) -> list[Path]:
        return [get_data_home(self.data_home) / folder for folder in self.folders]

    def find(self, name: str, known_hash: str | None = None) -> Path | None:
        """The first file of that name, of the known hash if hashes are checked, or None."""
        path = next((path / name for path in self.paths if (path / name).is_file()), None)
        if path is not None and known_hash is not None and self.check_hash:
            check_file(path, known_hash)
        return path

    def obtain(self, file: RemoteFile) -> Path:
        """The file, downloaded if it is in none of the folders."""
        return self.find(file.name, file.known_hash) or self.download(file, file.name)

    def download(self, file: RemoteFile, names: str, hint: str = "") -> Path:
        """Download a file because none of the `names` is there, if that is allowed."""
        if not self.download_if_missing:
            raise FileNotFoundError(
                f"{names} must be in one of {', '.join(map(str, self.paths))}; there is none. Pass "
                f"download_if_missing=True to download it, or data_home= (or the environment "
                f"variable SKNOISY_DATA_HOME) to name the folder that has it.{hint} {SEE_ERRORS}"
            )
        return download(file.urls, file.known_hash, self.paths[0] / file.name)


def check_file(path: Path, known_hash: str) -> None:
    """Raise a ValueError unless the file is the published one, byte for byte."""
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
            f" {SEE_ERRORS}"
        )
