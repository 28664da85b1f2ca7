"""MNIST and Fashion-MNIST, from their four IDX files."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from .._hints import SEE_ERRORS
from ._damage import reading
from ._store import RemoteFile, Store
from ._subsets import as_bunch, fetcher

FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}


@dataclass(frozen=True)
class IdxData:
    """A data set in MNIST's format; `md5` in the order of `FILES`."""

    folders: tuple[str, ...]
    mirrors: tuple[str, ...]
    md5: dict[str, tuple[str, str]]
    target_names: tuple[str, ...]
    description: str


# Hashes: torchvision, torchvision/datasets/mnist.py, for both data sets; for Fashion-MNIST also
# the authors' README. Mirrors as there; the authors' site of MNIST no longer serves its files.
MNIST = IdxData(
    # The data home itself only for MNIST: both data sets have files of the same names.
    folders=("mnist", ".", "MNIST/raw"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    md5={
        "train": ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432"),
        "test": ("9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
    },
    target_names=tuple("0123456789"),
    description="""MNIST: handwritten digits, 28 x 28 grey levels.

60,000 training and 10,000 test images.

LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86(11), 1998. Licence: usually given as CC BY-SA 3.0.""",
)
FASHION_MNIST = IdxData(
    folders=("fashion_mnist", "FashionMNIST/raw"),
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    md5={
        "train": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe"),
        "test": ("bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
    },
    target_names=tuple(
        "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(",")
    ),
    description="""Fashion-MNIST: clothes, 28 x 28 grey levels.

60,000 training and 10,000 test images.

Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017. Licence: MIT.""",
)


@fetcher(*MNIST.folders)
def fetch_mnist(store: Store, subset: str) -> Bunch:
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
        Whether an original file that is there must be the published one. What is downloaded
        always must.
    return_X_y : bool, default=False
        Return ``(data, target)`` only.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (n_samples, 1, 28, 28), `target` int64 of shape (n_samples,),
        `target_names`, `subset`, `DESCR`.

    Raises
    ------
    FileNotFoundError, ValueError
        If a file is missing and must not be downloaded, is damaged, or is not the published one.
    OSError
        If a download fails, for want of connection or space; what was there stays intact.

    See Also
    --------
    fetch_fashion_mnist : Clothes in the same format.
    sknoisy.noise.MNIST_CLASS_MAP : Digits that resemble each other.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
       recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> fetch_mnist(subset="test").data.shape  # doctest: +SKIP
    (10000, 1, 28, 28)
    """
    return _load(MNIST, store, subset)


@fetcher(*FASHION_MNIST.folders)
def fetch_fashion_mnist(store: Store, subset: str) -> Bunch:
    """Load Fashion-MNIST [1]_: clothes, in MNIST's format.

    Parameters
    ----------
    data_home : path, default=None
        Folder with the four gzipped IDX files in a subfolder `fashion_mnist` or
        `FashionMNIST/raw`; default see :func:`get_data_home`. Downloads go to the first.
    subset, download_if_missing, check_hash, return_X_y
        As in :func:`fetch_mnist`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        As from :func:`fetch_mnist`.

    See Also
    --------
    fetch_mnist : Digits in the same format.

    References
    ----------
    .. [1] Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
       learning algorithms", 2017.

    Examples
    --------
    >>> fetch_fashion_mnist(subset="test").target_names[0]  # doctest: +SKIP
    'T-shirt/top'
    """
    return _load(FASHION_MNIST, store, subset)


def _load(source: IdxData, store: Store, subset: str) -> Bunch:
    def read_part(part: str) -> dict[str, NDArray[Any]]:
        files = (
            RemoteFile(name, tuple(url + name for url in source.mirrors), f"md5:{md5}")
            for name, md5 in zip(FILES[part], source.md5[part], strict=True)
        )
        images, labels = (read_idx(store.obtain(file)) for file in files)
        return {"data": images[:, np.newaxis], "target": labels.astype(np.int64)}

    return as_bunch(
        read_part,
        subset,
        target_names=source.target_names,
        description=source.description,
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The bytes in a gzipped IDX file: a header holds the number of axes and their lengths."""
    with reading(path, "be a gzipped IDX file of unsigned bytes"):
        content = gzip.decompress(path.read_bytes())
        n_axes = content[3]
        shape = np.frombuffer(content, dtype=">i4", count=n_axes, offset=4)
        values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * n_axes)
        if content[:3] != b"\0\0\x08":
            raise ValueError(f"it holds no unsigned bytes {SEE_ERRORS}")
        # A copy, because an array over `bytes` cannot be written to.
        return values.reshape(shape).copy()
