"""MNIST and Fashion-MNIST, from their four IDX files."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._files import RemoteFile, obtain_file
from ._home import get_data_home
from ._subsets import as_bunch, parts_of

# Hashes: torchvision, torchvision/datasets/mnist.py, for both data sets; for Fashion-MNIST also
# the authors' README.
MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
FASHION_MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
# Mirrors as in torchvision; the authors' own site of MNIST no longer serves its files.
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
FASHION_MNIST_MIRRORS = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
# The folder itself, too, but only for MNIST: both data sets have files of the same names.
MNIST_FOLDERS = ("mnist", ".", "MNIST/raw")
FASHION_MNIST_FOLDERS = ("fashion_mnist", "FashionMNIST/raw")

FASHION_MNIST_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
MNIST_DESCRIPTION = """MNIST: handwritten digits, 28 x 28 grey levels.

60,000 training and 10,000 test images.

LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86(11), 1998. Licence: usually given as CC BY-SA 3.0."""
FASHION_MNIST_DESCRIPTION = """Fashion-MNIST: clothes, 28 x 28 grey levels.

60,000 training and 10,000 test images.

Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017. Licence: MIT."""


def fetch_mnist(
    *,
    subset: str = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load MNIST [1]_: handwritten digits.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 60,000 training rows, the 10,000 test rows, or both in this order.
    data_home : path, default=None
        Folder with the four gzipped IDX files, itself or in a subfolder `mnist` or `MNIST/raw`;
        default see :func:`get_data_home`. Downloads go to the subfolder `mnist`.
    download_if_missing : bool, default=True
        Download what is not there; needs pooch (``pip install "sknoisy[data]"``).
    check_hash : bool, default=True
        Whether a file found must be the published one. What is downloaded always must.
    return_X_y : bool, default=False
        Return ``(data, target)`` only.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 1, 28, 28), `target` int64 of shape (n_samples,),
        `target_names`, `subset`, `DESCR`.

    Raises
    ------
    FileNotFoundError
        If a file is missing and must not be downloaded.
    ValueError
        If a file is damaged or not the published one.
    OSError
        If a download fails, for want of connection or space; what was there stays intact.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
       recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> fetch_mnist(subset="test").data.shape  # doctest: +SKIP
    (10000, 1, 28, 28)
    """
    return _fetch(
        _files(MNIST_MD5, MNIST_MIRRORS),
        MNIST_FOLDERS,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        check=check_hash,
        target_names=[str(digit) for digit in range(10)],
        description=MNIST_DESCRIPTION,
        return_X_y=return_X_y,
    )


def fetch_fashion_mnist(
    *,
    subset: str = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load Fashion-MNIST [1]_: clothes, in MNIST's format.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 60,000 training rows, the 10,000 test rows, or both in this order.
    data_home : path, default=None
        Folder with the four gzipped IDX files in a subfolder `fashion_mnist` or
        `FashionMNIST/raw`; default see :func:`get_data_home`. Downloads go to the first.
    download_if_missing : bool, default=True
        Download what is not there; needs pooch (``pip install "sknoisy[data]"``).
    check_hash : bool, default=True
        Whether a file found must be the published one. What is downloaded always must.
    return_X_y : bool, default=False
        Return ``(data, target)`` only.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 1, 28, 28), `target` int64 of shape (n_samples,),
        `target_names`, `subset`, `DESCR`.

    Raises
    ------
    FileNotFoundError, ValueError, OSError
        As :func:`fetch_mnist`.

    References
    ----------
    .. [1] Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
       learning algorithms", 2017.

    Examples
    --------
    >>> fetch_fashion_mnist(subset="test").target_names[0]  # doctest: +SKIP
    'T-shirt/top'
    """
    return _fetch(
        _files(FASHION_MNIST_MD5, FASHION_MNIST_MIRRORS),
        FASHION_MNIST_FOLDERS,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        check=check_hash,
        target_names=FASHION_MNIST_NAMES,
        description=FASHION_MNIST_DESCRIPTION,
        return_X_y=return_X_y,
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The bytes in a gzipped IDX file: a header holds the number of axes and their lengths.

    Raises
    ------
    ValueError
        If the file is not whole, or something else.
    """
    try:
        content = gzip.decompress(path.read_bytes())
        n_axes = content[3]
        shape = np.frombuffer(content, dtype=">i4", count=n_axes, offset=4)
        values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * n_axes)
        if content[:3] != b"\0\0\x08":
            raise ValueError("it holds no unsigned bytes")
        # A copy, because an array over `bytes` cannot be written to.
        return values.reshape(shape).copy()
    except (OSError, EOFError, IndexError, ValueError, zlib.error) as error:
        raise ValueError(
            f"{path} must be a gzipped IDX file of unsigned bytes; it cannot be read ({error}). "
            f"It is damaged or incomplete: remove it, and it is downloaded again."
        ) from error


def _files(md5: dict[str, str], mirrors: Sequence[str]) -> dict[str, RemoteFile]:
    return {
        name: RemoteFile(name, tuple(mirror + name for mirror in mirrors), f"md5:{digest}")
        for name, digest in md5.items()
    }


def _fetch(
    files: dict[str, RemoteFile],
    folders: Sequence[str],
    *,
    subset: str,
    data_home: str | os.PathLike[str] | None,
    download_if_missing: bool,
    check: bool,
    **bunch: Any,
) -> Any:
    parts_of(subset)  # A wrong name is an error before anything is downloaded.
    obtain = partial(
        obtain_file,
        home=get_data_home(data_home),
        folders=folders,
        download_if_missing=download_if_missing,
        check=check,
    )

    def read_part(part: str) -> dict[str, NDArray[Any]]:
        prefix = "train" if part == "train" else "t10k"
        names = (f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz")
        images, labels = (read_idx(obtain(files[name])) for name in names)
        return {"data": images[:, np.newaxis], "target": labels.astype(np.int64)}

    return as_bunch(read_part, subset, **bunch)
