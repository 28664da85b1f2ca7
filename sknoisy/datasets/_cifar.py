"""CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._cifar_names import CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_NAMES
from ._files import RemoteFile, check_hash, find_file, missing, obtain_file
from ._home import get_data_home
from ._jpeg import read_jpeg_npz
from ._pickles import load_pickle
from ._subsets import as_bunch, parts_of

DESCRIPTION = """{name}: 50,000 training and 10,000 test images of {n_classes} classes, 32 x 32 RGB.

Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University
of Toronto, 2009. Licence: none stated by the author."""
LOSSY = """

These images were decoded from a JPEG copy: pixels differ from the originals by a few grey levels.
Accuracies are not strictly comparable with those on the original pixels."""


@dataclass(frozen=True)
class Cifar:
    """Where the files of one of the two data sets are, and what is in them.

    `batches` holds, for each part, the names of its pickles and their MD5; `labels` the keys of
    their labels, by the name that these get here.
    """

    name: str
    archive: RemoteFile
    folder: str
    batches: dict[str, dict[str, str]]
    labels: dict[str, str]
    home: str

    @property
    def folders(self) -> tuple[str, ...]:
        return (self.home, ".")


# Archives: SHA-256 of Keras for CIFAR-10, MD5 of torchvision for CIFAR-100; batches: MD5 of
# torchvision, torchvision/datasets/cifar.py.
CIFAR10 = Cifar(
    name="CIFAR-10",
    archive=RemoteFile(
        "cifar-10-python.tar.gz",
        ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    ),
    folder="cifar-10-batches-py",
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
    home="cifar10",
)
CIFAR100 = Cifar(
    name="CIFAR-100",
    archive=RemoteFile(
        "cifar-100-python.tar.gz",
        ("https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",),
        "md5:eb9058c3a382ffc7106e4002c42a8d85",
    ),
    folder="cifar-100-python",
    batches={
        "train": {"train": "16019d7e3df5f24257cddd939b257f8d"},
        "test": {"test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
    },
    labels={"target": "fine_labels", "coarse_target": "coarse_labels"},
    home="cifar100",
)


def fetch_cifar10(
    *,
    subset: str = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
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
    download_if_missing : bool, default=True
        Download what is not there; needs pooch (``pip install "sknoisy[data]"``).
    check_hash : bool, default=True
        Whether an original file found must be the published one. What is downloaded always must.
    return_X_y : bool, default=False
        Return ``(data, target)`` only.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 3, 32, 32), `target` int64 of shape (n_samples,),
        `target_names`, `subset`, `lossy` (whether the images come from a JPEG copy), `DESCR`.

    Raises
    ------
    FileNotFoundError
        If the images are missing and must not be downloaded.
    ValueError
        If a file is damaged or not the published one.
    OSError
        If the download fails, for want of connection or space; what was there stays intact.

    References
    ----------
    .. [1] Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
       University of Toronto, 2009.

    Examples
    --------
    >>> fetch_cifar10(subset="test").data.shape  # doctest: +SKIP
    (10000, 3, 32, 32)
    """
    return _fetch(
        CIFAR10,
        CIFAR10_NAMES,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        check=check_hash,
        return_X_y=return_X_y,
    )


def fetch_cifar100(
    *,
    subset: str = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load CIFAR-100 [1]_: small colour images of 100 classes in 20 superclasses.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 50,000 training rows, the 10,000 test rows, or both in this order.
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `cifar100`, the archive
        `cifar-100-python.tar.gz` or the folder `cifar-100-python`; default see
        :func:`get_data_home`. Downloads go to the subfolder.
    download_if_missing : bool, default=True
        Download what is not there; needs pooch (``pip install "sknoisy[data]"``).
    check_hash : bool, default=True
        Whether an original file found must be the published one. What is downloaded always must.
    return_X_y : bool, default=False
        Return ``(data, target)`` only.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 3, 32, 32), `target` and `coarse_target` int64 of shape
        (n_samples,), `target_names`, `coarse_target_names`, `subset`, `DESCR`.

    Raises
    ------
    FileNotFoundError, ValueError, OSError
        As :func:`fetch_cifar10`.

    References
    ----------
    .. [1] Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
       University of Toronto, 2009.

    Examples
    --------
    >>> fetch_cifar100(subset="test").data.shape  # doctest: +SKIP
    (10000, 3, 32, 32)
    """
    return _fetch(
        CIFAR100,
        CIFAR100_NAMES,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        check=check_hash,
        return_X_y=return_X_y,
        coarse_target_names=np.array(CIFAR100_COARSE_NAMES),
    )


def _fetch(
    cifar: Cifar,
    target_names: tuple[str, ...],
    *,
    subset: str,
    data_home: str | os.PathLike[str] | None,
    download_if_missing: bool,
    check: bool,
    **bunch: Any,
) -> Any:
    parts = parts_of(subset)
    home = get_data_home(data_home)
    source = _find(cifar, home, parts, check)
    if source is None:
        if not download_if_missing:
            raise _absent(cifar, home)
        source = obtain_file(cifar.archive, home, cifar.folders)
    description = DESCRIPTION.format(name=cifar.name, n_classes=len(target_names))
    if cifar is CIFAR10:
        bunch["lossy"] = isinstance(source, dict)
        description += LOSSY * bunch["lossy"]

    def read_part(part: str) -> dict[str, NDArray[Any]]:
        if isinstance(source, dict):
            return read_jpeg_npz(source[part])
        return read_batches(cifar, source, part, check)

    return as_bunch(read_part, subset, target_names=target_names, description=description, **bunch)


def _find(
    cifar: Cifar, home: Path, parts: tuple[str, ...], check: bool
) -> Path | dict[str, Path] | None:
    """The archive, the folder of batches, or the JPEG files of the parts."""
    archive = find_file(
        cifar.archive.name, home, cifar.folders, cifar.archive.known_hash if check else None
    )
    if archive is not None:
        return archive
    for folder in cifar.folders:
        if (home / folder / cifar.folder).is_dir():
            return home / folder / cifar.folder
    if cifar is CIFAR10:
        jpeg = {part: find_file(f"{part}_jpeg.npz", home, cifar.folders) for part in parts}
        found = {part: path for part, path in jpeg.items() if path is not None}
        return found if len(found) == len(parts) else None
    return None


def _absent(cifar: Cifar, home: Path) -> FileNotFoundError:
    error = missing(f"{cifar.archive.name} or {cifar.folder}", home, cifar.folders)
    labels = find_file(f"{cifar.home}n.npz", home, cifar.folders)
    if labels is None:
        return error
    return FileNotFoundError(
        f"The images of {cifar.name} are not there: {error} {labels} holds labels only; "
        f"fetch_{cifar.home}n(images=False) reads them."
    )


def read_batches(cifar: Cifar, source: Path, part: str, check: bool) -> dict[str, NDArray[Any]]:
    """Images and labels of one part from the archive, or from the folder that was in it.

    Raises
    ------
    ValueError
        If a batch is missing, damaged or not the published one.
    """
    batches = [
        _read_batch(source, cifar.folder, name, md5 if check else None)
        for name, md5 in cifar.batches[part].items()
    ]
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = {
        name: np.concatenate([np.asarray(batch[key], dtype=np.int64) for batch in batches])
        for name, key in cifar.labels.items()
    }
    return {"data": images, **labels}


def _read_batch(source: Path, folder: str, name: str, md5: str | None) -> dict[str, Any]:
    if source.is_dir():
        path = source / name
        if not path.is_file():
            raise ValueError(f"{source} must hold the file {name}; it is not in it.")
        if md5 is not None:
            check_hash(path, f"md5:{md5}")
        with path.open("rb") as stream:
            return load_pickle(stream, path)
    try:
        # The hash of the archive, which was checked, speaks for its members.
        with tarfile.open(source) as archive:
            member = archive.extractfile(f"{folder}/{name}")
            content = b"" if member is None else member.read()
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise ValueError(f"{source} is damaged or incomplete: {error}.") from error
    return load_pickle(io.BytesIO(content), source)
