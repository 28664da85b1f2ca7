"""The human labels of CIFAR-N, in three file formats."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from numpy.typing import NDArray

from .._checks import check_option
from .._hints import SEE_ERRORS
from ._cifar import CIFAR10, CIFAR100, Cifar
from ._damage import reading
from ._npz import read_npz
from ._pickles import ArrayUnpickler, load_object_array
from ._store import RemoteFile, Store

URL = "https://github.com/UCSC-REAL/cifar-10-100n/raw/main/data/"


# For each label set, its name in the authors' files and in the .npz copy.
KEYS = {
    "clean": ("clean_label", "clean"),
    "aggre": ("aggre_label", "aggregate"),
    "rand1": ("random_label1", "random1"),
    "rand2": ("random_label2", "random2"),
    "rand3": ("random_label3", "random3"),
    "worst": ("worse_label", "worst"),
    "clean_fine": ("clean_label", "clean_fine"),
    "clean_coarse": ("clean_coarse_label", "clean_coarse"),
    "fine": ("noisy_label", "noisy_fine"),
    "coarse": ("noisy_coarse_label", "noisy_coarse"),
}
# Of the labels as bytes, which can come in three formats; computed from a copy with the
# published noise rates.
SHA256 = {
    "clean": "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
    "aggre": "2bd5e02e39c9c79772cf4c794f7b74630ac1aaeeac4b807a63c11e9a375f8404",
    "rand1": "8d01b5a5af048e84bf6e964c86e1133e95d5b22c07763e23705b714ad0f32d8b",
    "rand2": "7ea04c887750912f49669282a75e78df380077766b361fb6cb5200999ad6dcda",
    "rand3": "cdbfad7e15bfc8fc83bc7c6e30b692e2aa1186660d82738b7543a6012d6ca46f",
    "worst": "11a306ed336e3bc81aaac36322ddf12de379d0df1883aa43e10ba562a98f6b2a",
    "clean_fine": "9f11b9f97aad759ba6df0a33e3218b01d8deaf4ed3a14aa1185d69b9ad7ebcb3",
    "clean_coarse": "1804078d4e89b6b90bd5da6ffead1404596f6eecba15ceb8d95b6a09dfbba4c0",
    "fine": "54050bc3f9441adc78f204c68915d49a7f86bfa72b8fba04751b961d5be4aa62",
    "coarse": "72a87757e6d246ae0dd4cafd3f06505150fe09364d244e4cce2745153b5fad68",
}


@dataclass(frozen=True)
class HumanLabels:
    """The label sets of one data set, and the file of its authors."""

    cifar: Cifar
    md5: str
    sets: tuple[str, ...]

    @property
    def file(self) -> RemoteFile:
        name = f"{self.cifar.name}_human.pt"
        return RemoteFile(name, (URL + name,), f"md5:{self.md5}")


# The authors publish no hashes; these are those of an independent loader of the same files.
CIFAR10N = HumanLabels(
    CIFAR10,
    "96644db5574813cae939af5f7f2a0aec",
    ("clean", "aggre", "rand1", "rand2", "rand3", "worst"),
)
CIFAR100N = HumanLabels(
    CIFAR100,
    "a67b45c1d7992051865b5c755bd68bb1",
    ("clean_fine", "clean_coarse", "fine", "coarse"),
)


def read_labels(source: HumanLabels, labels: str, store: Store) -> dict[str, NDArray[np.int64]]:
    """All label sets by name, where `labels` is one of those to learn from."""
    choices = tuple(name for name in source.sets if not name.startswith("clean_"))
    check_option(labels, "labels", choices)
    original, copy = source.file.name, source.cifar.copy_of_human_labels
    names = (original, original.replace(".pt", ".npy"), copy)
    path = next((path for path in map(store.find, names) if path is not None), None)
    if path is None:
        path = store.download(source.file, " or ".join(names))
    values = read_human_labels(source, path)
    for name in source.sets if store.check_hash else ():
        digest = label_hash(values[name])
        if digest != SHA256[name]:
            raise ValueError(
                f"The label set {name!r} in {path} must be the published one, of 50,000 labels "
                f"with SHA-256 {SHA256[name]} as bytes; got {len(values[name]):,} labels with "
                f"{digest}. Remove the file, and it is downloaded again. Pass check_hash=False "
                f"to read it as it is."
                f" {SEE_ERRORS}"
            )
    return values


def read_human_labels(source: HumanLabels, path: Path) -> dict[str, NDArray[np.int64]]:
    """All label sets in one of the three formats; a ValueError if one is missing or damaged."""
    is_copy = path.suffix == ".npz"
    key_of = {name: KEYS[name][is_copy] for name in source.sets}
    if is_copy:
        content = read_npz(path, list(key_of.values()))
    else:
        content = _load_torch(path) if path.suffix == ".pt" else _load_numpy(path)
    absent = [key for key in key_of.values() if key not in content]
    if absent:
        raise ValueError(
            f"{path} must hold the label sets {absent}; got {list(content)}. {SEE_ERRORS}"
        )
    with reading(path, "hold labels"):
        return {name: np.asarray(content[key]).astype(np.int64) for name, key in key_of.items()}


class _ArrayPickles:
    """What PyTorch needs of the module pickle; PyTorch's own restriction refuses arrays."""

    Unpickler = ArrayUnpickler

    @staticmethod
    def load(stream: IO[bytes], **settings: Any) -> Any:
        return ArrayUnpickler(stream, **settings).load()


def _load_torch(path: Path) -> dict[str, Any]:
    with reading(path, "hold a dict of label arrays, as the authors saved it"):
        return torch.load(path, pickle_module=_ArrayPickles, weights_only=False)


def _load_numpy(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream, reading(path, "hold a dict of label arrays"):
        return dict(load_object_array(stream, path).item())


def label_hash(labels: NDArray[np.integer]) -> str:
    """SHA-256 of labels below 128, one byte each, whatever type they came in."""
    return hashlib.sha256(labels.astype(np.int8).tobytes()).hexdigest()
