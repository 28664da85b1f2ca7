"""CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from .._hints import SEE_ERRORS
from ._cifar_names import CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_NAMES
from ._damage import reading
from ._jpeg import read_jpeg_npz
from ._pickles import load_pickle
from ._store import RemoteFile, Store, check_file
from ._subsets import as_bunch, fetcher, parts_of

DESCRIPTION = """{name}: 50,000 training and 10,000 test images of {n_classes} classes, 32 x 32 RGB.

Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University
of Toronto, 2009. Licence: none stated by the author."""
LOSSY = """

These images were decoded from a JPEG copy: pixels differ from the originals by a few grey levels.
Accuracies are not strictly comparable with those on the original pixels."""


@dataclass(frozen=True)
class Cifar:
    """Where the files of one of the two data sets are, and what is in them."""

    name: str
    archive_hash: str
    batch_folder: str
    batches: dict[str, dict[str, str]]  # for each part, the names of its pickles and their MD5
    labels: dict[str, str]  # from the name in the Bunch to the key in the pickles
    names: dict[str, tuple[str, ...]]  # of the classes, from the name in the Bunch

    @property
    def short_name(self) -> str:
        return self.name.lower().replace("-", "")

    @property
    def folders(self) -> tuple[str, ...]:
        return (self.short_name, ".")

    @property
    def archive(self) -> RemoteFile:
        name = f"{self.name.lower()}-python.tar.gz"
        return RemoteFile(name, (f"https://www.cs.toronto.edu/~kriz/{name}",), self.archive_hash)

    @property
    def copy_of_human_labels(self) -> str:
        return f"{self.short_name}n.npz"


# Archives: SHA-256 of Keras for CIFAR-10, MD5 of torchvision for CIFAR-100; batches: MD5 of
# torchvision, torchvision/datasets/cifar.py.
CIFAR10 = Cifar(
    name="CIFAR-10",
    archive_hash="sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    batch_folder="cifar-10-batches-py",
    batches={
        "train": {
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        },
        "test": {"test_batch": "40351d587109b95175f43aff81a1287e"},
    },
    labels={"target": "labels"},
    names={"target_names": CIFAR10_NAMES},
)
CIFAR100 = Cifar(
    name="CIFAR-100",
    archive_hash="md5:eb9058c3a382ffc7106e4002c42a8d85",
    batch_folder="cifar-100-python",
    batches={
        "train": {"train": "16019d7e3df5f24257cddd939b257f8d"},
        "test": {"test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
    },
    labels={"target": "fine_labels", "coarse_target": "coarse_labels"},
    names={"target_names": CIFAR100_NAMES, "coarse_target_names": CIFAR100_COARSE_NAMES},
)


@fetcher(*CIFAR10.folders)
def fetch_cifar10(store: Store, subset: str) -> Bunch:
    """Load CIFAR-10 [1]_: small colour images of 10 classes.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 50,000 training rows, the 10,000 test rows, or both in this order.
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `cifar10`, the archive
        `cifar-10-python.tar.gz`, the folder `cifar-10-batches-py`, or a JPEG copy (`train_jpeg.npz`
        and `test_jpeg.npz`, needs Pillow); the first of these is read. Default see
        :func:`get_data_home`. Downloads go to the subfolder.
    download_if_missing, check_hash, return_X_y
        As in :func:`fetch_mnist`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 3, 32, 32), `target` int64 of shape (n_samples,),
        `target_names`, `subset`, `lossy` (whether the images come from a JPEG copy), `DESCR`.

    See Also
    --------
    fetch_cifar10n : The training images with noisy labels given by people.
    sknoisy.noise.CIFAR10_CLASS_MAP : Classes that resemble each other.

    References
    ----------
    .. [1] Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
       University of Toronto, 2009.

    Examples
    --------
    >>> fetch_cifar10(subset="test").data.shape  # doctest: +SKIP
    (10000, 3, 32, 32)
    """
    return load_cifar(CIFAR10, store, subset)


@fetcher(*CIFAR100.folders)
def fetch_cifar100(store: Store, subset: str) -> Bunch:
    """Load CIFAR-100: small colour images of 100 classes in 20 superclasses.

    The source is that of :func:`fetch_cifar10`.

    Parameters
    ----------
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `cifar100`, the archive
        `cifar-100-python.tar.gz` or the folder `cifar-100-python`; default see
        :func:`get_data_home`. Downloads go to the subfolder.
    subset, download_if_missing, check_hash, return_X_y
        As in :func:`fetch_cifar10`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        `data`, `target`, `target_names`, `subset` and `DESCR` as from :func:`fetch_cifar10`, and
        `coarse_target` int64 of shape (n_samples,) with its `coarse_target_names`.

    See Also
    --------
    fetch_cifar100n : The training images with noisy labels given by people.
    sknoisy.noise.CIFAR100_SUPERCLASSES : The superclass of each class.

    Examples
    --------
    >>> fetch_cifar100(subset="test").data.shape  # doctest: +SKIP
    (10000, 3, 32, 32)
    """
    return load_cifar(CIFAR100, store, subset)


def load_cifar(cifar: Cifar, store: Store, subset: str) -> Bunch:
    """Find or download the files of one of the two data sets, and read a subset of them."""
    source = _find(cifar, store, parts_of(subset))
    if source is None:
        labels = store.find(cifar.copy_of_human_labels)
        hint = ""
        if labels is not None:
            hint = f" {labels} holds labels only; fetch_{labels.stem}(images=False) reads them."
        archive = cifar.archive
        source = store.download(archive, f"{archive.name} or {cifar.batch_folder}", hint)
    names: dict[str, Any] = {key: np.array(names) for key, names in cifar.names.items()}
    description = DESCRIPTION.format(name=cifar.name, n_classes=len(names["target_names"]))
    if cifar is CIFAR10:
        names["lossy"] = isinstance(source, dict)
        description += LOSSY * names["lossy"]

    def read_part(part: str) -> dict[str, NDArray[Any]]:
        if isinstance(source, dict):
            return read_jpeg_npz(source[part])
        batches = [
            _read_batch(source, f"{cifar.batch_folder}/{name}", md5 if store.check_hash else None)
            for name, md5 in cifar.batches[part].items()
        ]
        with reading(source, f"hold images and labels of {cifar.name}"):
            images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
            labels = {
                name: np.concatenate([np.asarray(batch[key], dtype=np.int64) for batch in batches])
                for name, key in cifar.labels.items()
            }
        return {"data": images, **labels}

    return as_bunch(read_part, subset, description=description, **names)


def _find(cifar: Cifar, store: Store, parts: tuple[str, ...]) -> Path | dict[str, Path] | None:
    """The archive, the folder that holds the folder of batches, or the JPEG files of the parts."""
    archive = store.find(cifar.archive.name, cifar.archive.known_hash)
    if archive is not None:
        return archive
    for path in store.paths:
        if (path / cifar.batch_folder).is_dir():
            return path
    jpeg = {part: store.find(f"{part}_jpeg.npz") for part in parts if cifar is CIFAR10}
    present = {part: path for part, path in jpeg.items() if path is not None}
    return present if len(present) == len(parts) else None


def _read_batch(source: Path, name: str, md5: str | None) -> dict[str, Any]:
    """One pickle in a folder, or in the archive, whose hash was checked and holds for it too."""
    if source.is_dir():
        path = source / name
        if not path.is_file():
            raise ValueError(
                f"{path.parent} must hold the file {path.name}; it is not in it. {SEE_ERRORS}"
            )
        if md5 is not None:
            check_file(path, f"md5:{md5}")
        with path.open("rb") as stream:
            return load_pickle(stream, path)
    with reading(source, f"hold the file {name}"), tarfile.open(source) as archive:
        member = archive.extractfile(name)
        content = b"" if member is None else member.read()
    return load_pickle(io.BytesIO(content), source)
