"""Clothing1M: a million photos with labels from shops' texts, some of them also clean."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch
from torch.utils.data import Dataset

from .._checks import check_integer, check_option, describe
from .._hints import SEE_ERRORS
from .._labels import MISSING
from ._home import DataHome, get_data_home, import_extra

KEY_LISTS = {
    "noisy_train": "noisy_train_key_list.txt",
    "clean_train": "clean_train_key_list.txt",
    "val": "clean_val_key_list.txt",
    "test": "clean_test_key_list.txt",
}
FOLDERS = ("clothing1m", "clothing1M", "Clothing1M", ".")
TARGET_NAMES = tuple(
    """
    T-Shirt Shirt Knitwear Chiffon Sweater Hoodie Windbreaker Jacket Downcoat Suit Shawl Dress
    Vest Underwear
    """.split()
)
DESCRIPTION = """Clothing1M: photos of clothes of 14 classes.

A million have labels from the text around them, some 72,000 have clean labels.

Xiao, Xia, Yang, Huang, Wang, "Learning from massive noisy labeled data for image classification",
CVPR 2015. The authors give the images on request, for research only."""


class ImageFiles(Dataset):
    """Image files, each read when it is indexed.

    Parameters
    ----------
    paths : sequence of path of length n_samples
        The files, in any format that Pillow reads.
    image_size : int, default=224
        The shorter side is scaled to it, and the middle of the longer one kept.

    See Also
    --------
    load_clothing1m : Returns its images as such a Dataset.

    Notes
    -----
    ``files[i]`` is uint8 of shape (3, image_size, image_size); an ImportError without Pillow.
    sknoisy's estimators take such a dataset as X, with y beside it.

    Examples
    --------
    >>> len(ImageFiles(["a.jpg", "b.jpg"]))
    2
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], image_size: int = 224) -> None:
        if isinstance(paths, str) or not hasattr(paths, "__iter__"):
            raise TypeError(
                f"paths must be a sequence of paths; got {describe(paths)}. {SEE_ERRORS}"
            )
        self.paths = list(paths)
        for path in self.paths:
            if not isinstance(path, str | os.PathLike):
                raise TypeError(
                    f"paths must hold paths of files; got {describe(path)}. {SEE_ERRORS}"
                )
        self.image_size = check_integer(image_size, "image_size", 1)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> NDArray[np.uint8]:
        pillow = import_extra("PIL.Image", "Reading image files")
        size = self.image_size
        with pillow.open(self.paths[row]) as image:
            # A JPEG decoder that knows the size needed skips most of a large photo.
            image.draft("RGB", (size, size))
            image = image.convert("RGB")
        scale = size / min(image.size)
        width, height = (max(size, round(side * scale)) for side in image.size)
        left, top = (width - size) // 2, (height - size) // 2
        box = (left, top, left + size, top + size)
        pixels = np.asarray(image.resize((width, height), pillow.Resampling.BILINEAR).crop(box))
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def load_clothing1m(
    data_home: DataHome = None, *, subset: str = "noisy_train", image_size: int = 224
) -> Any:
    """Load Clothing1M [1]_ from the folder that its authors give on request.

    Parameters
    ----------
    data_home : path, default=None
        Folder that holds the data, itself or in a subfolder `clothing1m`: the folder `images`, and
        the lists `*_key_list.txt` and `*_label_kv.txt` beside it or in `annotations`. Default see
        :func:`get_data_home`.
    subset : {"noisy_train", "clean_train", "val", "test"}, default="noisy_train"
        The first has noisy labels, the others clean ones.
    image_size : int, default=224
        Height and width of the images.

    Returns
    -------
    sklearn.utils.Bunch
        `data`, an :class:`ImageFiles` that reads images of shape (3, image_size, image_size) when
        they are asked for; `target` int64 of shape (n_samples,), the labels of the subset;
        `noisy_target` and `clean_target`, with -1 where one is not known: images with both serve
        to count the transition matrix; `filenames`, `target_names`, `subset`, `DESCR`.

    Raises
    ------
    FileNotFoundError, ValueError
        If lists or images are not there, a list is damaged, or the subset is unknown.

    See Also
    --------
    ImageFiles : The Dataset that reads the images.
    fetch_cifar10n : Labels by people that can be downloaded.
    sknoisy.noise.transition_matrix_from_labels : T from the images with both labels.

    References
    ----------
    .. [1] Xiao, Xia, Yang, Huang, Wang, "Learning from massive noisy labeled data for image
       classification", CVPR 2015.

    Examples
    --------
    >>> data = load_clothing1m("clothing1m", subset="clean_train")  # doctest: +SKIP
    >>> data.target_names[0]  # doctest: +SKIP
    'T-Shirt'
    >>> both = data.noisy_target >= 0  # doctest: +SKIP
    >>> T = transition_matrix_from_labels(
    ...     data.clean_target[both], data.noisy_target[both]
    ... )  # doctest: +SKIP
    """
    check_integer(image_size, "image_size", 1)
    key_list = KEY_LISTS[check_option(subset, "subset", tuple(KEY_LISTS))]
    root, lists = _find(get_data_home(data_home), key_list)
    keys = (lists / key_list).read_text(encoding="utf-8").split()
    noisy, clean = (_labels(lists / f"{kind}_label_kv.txt", keys) for kind in ("noisy", "clean"))
    target = noisy if subset == "noisy_train" else clean
    if (target == MISSING).any():
        first = keys[int(np.argmax(target == MISSING))]
        raise ValueError(
            f"{lists} must hold a label for each image of {subset}; {first} has none. {SEE_ERRORS}"
        )
    paths = [root / key for key in keys]
    if paths and not paths[0].is_file():
        raise FileNotFoundError(
            f"{root} must hold the images that {key_list} names; {keys[0]} is not there. "
            f"Unpack the archives of images into {root / 'images'}."
            f" {SEE_ERRORS}"
        )
    return Bunch(
        data=ImageFiles(paths, image_size),
        target=target,
        noisy_target=noisy,
        clean_target=clean,
        filenames=np.array([str(path) for path in paths]),
        target_names=np.array(TARGET_NAMES),
        subset=subset,
        DESCR=DESCRIPTION,
    )


def _find(home: Path, key_list: str) -> tuple[Path, Path]:
    """The folder of the data, and the one of its lists."""
    for folder in FOLDERS:
        for lists in (home / folder / "annotations", home / folder):
            if (lists / key_list).is_file():
                return home / folder, lists
    raise FileNotFoundError(
        f"{key_list} must be in one of {', '.join(str(home / folder) for folder in FOLDERS)}, or "
        f"in a subfolder annotations there; there is none. Clothing1M cannot be downloaded: its "
        f"authors give it on request, see https://github.com/Cysu/noisy_label. Pass the folder as "
        f"data_home=."
        f" {SEE_ERRORS}"
    )


def _labels(path: Path, keys: Sequence[str]) -> NDArray[np.int64]:
    """Labels of the keys from a list of lines "key label"; -1 where there is none."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} must be there beside the lists of images; it is not. {SEE_ERRORS}"
        )
    words = path.read_text(encoding="utf-8").split()
    try:
        label_of = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    except ValueError as error:
        raise ValueError(
            f"{path} must hold lines of a file name and a label: {error}. {SEE_ERRORS}"
        ) from error
    return np.array([label_of.get(key, MISSING) for key in keys], dtype=np.int64)
