"""Read arrays from other people's pickles without running what else these may hold."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from .._hints import SEE_ERRORS
from ._damage import reading

# What an array or a list of them is made of, under numpy's older and newer names.
_HARMLESS = {
    ("_codecs", "encode"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *((f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")),
    *((f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
}
_NUMPY_CORE = "numpy._core" if hasattr(np, "_core") else "numpy.core"


class ArrayUnpickler(pickle.Unpickler):
    """Unpickle arrays, lists, dicts, strings and numbers, and refuse everything else."""

    def find_class(self, module: str, name: str) -> Any:
        """The function or class of a name, if arrays have a use for it."""
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(
                f"it calls {module}.{name}, which arrays do not need {SEE_ERRORS}"
            )
        return super().find_class(module.replace("numpy._core", _NUMPY_CORE), name)


def load_pickle(stream: IO[bytes], source: Path) -> Any:
    """The content of a pickle that holds arrays; a ValueError if it is damaged or holds more."""
    with reading(source, "hold pickled arrays"):
        return ArrayUnpickler(stream, encoding="latin1").load()


def load_object_array(stream: IO[bytes], source: Path) -> Any:
    """A .npy file of Python objects, such as a dict of arrays or lists of numbers."""
    formats = np.lib.format
    with reading(source, "hold a .npy file of Python objects"):
        major, _ = formats.read_magic(stream)
        read_header = formats.read_array_header_1_0 if major == 1 else formats.read_array_header_2_0
        _, _, dtype = read_header(stream)
    if not dtype.hasobject:
        raise ValueError(
            f"{source} must hold Python objects; got numbers of type {dtype}. {SEE_ERRORS}"
        )
    return load_pickle(stream, source)


def load_member(path: Path, name: str) -> Any:
    """One object array of an .npz file."""
    with reading(path, f"hold the array {name!r}"), zipfile.ZipFile(path) as archive:
        with archive.open(f"{name}.npy") as stream:
            return load_object_array(stream, path)
