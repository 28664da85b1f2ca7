"""Read .npz files of plain arrays; what is missing or damaged is a ValueError."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._hints import SEE_ERRORS
from ._damage import reading


def names_in(path: Path) -> tuple[str, ...]:
    """Names of the arrays in an .npz file."""
    with reading(path, "be a whole .npz file"), zipfile.ZipFile(path) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist())


def read_npz(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The arrays of these names."""
    absent = [name for name in names if name not in names_in(path)]
    if absent:
        raise ValueError(
            f"{path} must hold the arrays {list(names)}; {absent} are not in it. {SEE_ERRORS}"
        )
    with reading(path, f"hold the arrays {list(names)}"), np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in names}
