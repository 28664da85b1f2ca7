"""CIFAR-10N and CIFAR-100N: labels that people gave to the training images of CIFAR."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from .._checks import check_flag
from .._hints import SEE_ERRORS, without_hint
from ._cifar import Cifar, load_cifar
from ._cifar_n_labels import CIFAR10N, CIFAR100N, HumanLabels, read_labels
from ._cifar_names import CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_NAMES
from ._home import DataHome
from ._store import Store

DESCRIPTION = """{cifar}N: human labels of the 50,000 training images of {cifar}, in their order.

Wei, Zhu, Cheng, Liu, Niu, Liu, "Learning with noisy labels revisited: a study using real-world
human annotations", ICLR 2022. Licence: CC BY-NC 4.0."""


def fetch_cifar10n(
    *,
    labels: str = "worst",
    images: bool = True,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load CIFAR-10N [1]_: the training images of CIFAR-10 with labels given by people.

    Parameters
    ----------
    labels : {"worst", "aggre", "rand1", "rand2", "rand3", "clean"}, default="worst"
        The label set to learn from: a wrong one of three people's labels where there is one, the
        majority of the three, each of the three, or the clean labels. About 40, 9, 17, 18, 18 and
        0% of them are wrong.
    images : bool, default=True
        Whether to load the images, see :func:`fetch_cifar10`; without them `data` is None.
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `cifar10`, the authors' `CIFAR-10_human.pt` or
        `CIFAR-10_human.npy`, or their content as `cifar10n.npz`; default see
        :func:`get_data_home`. Downloads go to the subfolder.
    check_hash : bool, default=True
        Whether labels and original files of images must be the published ones.
    download_if_missing, return_X_y
        As in :func:`fetch_mnist`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        `data` uint8 of shape (50000, 3, 32, 32) or None, `target` int64 of shape (50000,) with the
        chosen labels, `clean_target`, `noisy_targets` (a Bunch of all noisy label sets by name),
        `noise_rates` (a dict of fractions), `target_names`, `labels`, `DESCR`.

    See Also
    --------
    fetch_cifar10 : The same images with clean labels, and the test images.
    fetch_cifar100n : Labels by people for 100 classes.

    References
    ----------
    .. [1] Wei, Zhu, Cheng, Liu, Niu, Liu, "Learning with noisy labels revisited: a study using
       real-world human annotations", ICLR 2022.

    Examples
    --------
    >>> data = fetch_cifar10n(images=False)  # doctest: +SKIP
    >>> float(round(data.noise_rates["worst"], 3))  # doctest: +SKIP
    0.402
    """
    check_flag(images, "images")
    check_flag(return_X_y, "return_X_y")
    store = Store(data_home, CIFAR10N.cifar.folders, download_if_missing, check_hash)
    noisy = read_labels(CIFAR10N, labels, store)
    clean = dict.fromkeys(list(noisy), noisy.pop("clean"))
    data = _images(CIFAR10N.cifar, store) if images else None
    bunch = _as_bunch(CIFAR10N, labels, data, clean, noisy, CIFAR10_NAMES)
    return (data, bunch.target) if return_X_y else bunch


def fetch_cifar100n(
    *,
    labels: str = "fine",
    images: bool = True,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    check_hash: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load CIFAR-100N: the training images of CIFAR-100 with labels given by people.

    The source is that of :func:`fetch_cifar10n`.

    Parameters
    ----------
    labels : {"fine", "coarse"}, default="fine"
        Labels of the 100 classes or of the 20 superclasses; about 40 and 26% of them are wrong.
    data_home : path, default=None
        Folder that holds, itself or in a subfolder `cifar100`, the authors' `CIFAR-100_human.pt`
        or `CIFAR-100_human.npy`, or their content as `cifar100n.npz`; default see
        :func:`get_data_home`. Downloads go to the subfolder.
    images, download_if_missing, check_hash, return_X_y
        As in :func:`fetch_cifar10n`, and so are the errors.

    Returns
    -------
    sklearn.utils.Bunch
        As from :func:`fetch_cifar10n`, and `clean_targets`; it and `noisy_targets` are Bunches of
        `fine` and `coarse`.

    See Also
    --------
    fetch_cifar100 : The same images with clean labels, and the test images.
    fetch_cifar10n : Labels by people for 10 classes.

    Examples
    --------
    >>> data = fetch_cifar100n(images=False)  # doctest: +SKIP
    >>> float(round(data.noise_rates["fine"], 3))  # doctest: +SKIP
    0.402
    """
    check_flag(images, "images")
    check_flag(return_X_y, "return_X_y")
    store = Store(data_home, CIFAR100N.cifar.folders, download_if_missing, check_hash)
    noisy = read_labels(CIFAR100N, labels, store)
    clean = {name: noisy.pop(f"clean_{name}") for name in ("fine", "coarse")}
    data = _images(CIFAR100N.cifar, store) if images else None
    names = CIFAR100_NAMES if labels == "fine" else CIFAR100_COARSE_NAMES
    bunch = _as_bunch(CIFAR100N, labels, data, clean, noisy, names)
    bunch.clean_targets = Bunch(**clean)
    return (data, bunch.target) if return_X_y else bunch


def _images(cifar: Cifar, store: Store) -> NDArray[np.uint8]:
    """Images of the training set, or why there are none."""
    try:
        return load_cifar(cifar, store, "train").data
    except (ImportError, OSError) as error:
        hint = "The labels are there: images=False returns them alone."
        raise type(error)(f"{without_hint(error)} {hint} {SEE_ERRORS}") from error


def _as_bunch(
    source: HumanLabels,
    labels: str,
    data: NDArray[np.uint8] | None,
    clean: dict[str, NDArray[np.int64]],
    noisy: dict[str, NDArray[np.int64]],
    names: tuple[str, ...],
) -> Any:
    """`clean` holds the clean labels for each name of a label set."""
    return Bunch(
        data=data,
        target=noisy.get(labels, clean[labels]),
        clean_target=clean[labels],
        noisy_targets=Bunch(**noisy),
        noise_rates={name: float(np.mean(value != clean[name])) for name, value in noisy.items()},
        target_names=np.array(names),
        labels=labels,
        DESCR=DESCRIPTION.format(cifar=source.cifar.name),
    )
