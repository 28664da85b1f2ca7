"""Transition matrices written down from a rate and a rule: which class is taken for which."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer, check_option
from .._hints import SEE_ERRORS, without_hint
from .._labels import check_classes, check_labels, show_labels
from ._arguments import check_rate


def symmetric_transition_matrix(
    n_classes: int, noise_rate: float = 0.2, *, spread: str = "others"
) -> NDArray[np.float64]:
    """Noise that treats all classes alike.

    Parameters
    ----------
    n_classes : int
        At least 2.
    noise_rate : float in [0, 1], default=0.2
        Fraction of the labels that the noise replaces.
    spread : {"others", "all"}, default="others"
        "others" replaces by another class, each with ``noise_rate / (n_classes - 1)`` ([1]_):
        the fraction `noise_rate` of labels is wrong. "all" replaces by any class, the true one
        included ([2]_): the fraction ``noise_rate * (n_classes - 1) / n_classes`` is wrong.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        One value on the diagonal, one beside it.

    Raises
    ------
    TypeError, ValueError
        If a number is of another type or out of range, or `spread` is unknown.

    See Also
    --------
    dilute : Makes a set with the T of ``noise_rate=alpha / (1 + alpha), spread="all"``.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.
    .. [2] Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017 (uniform
       label-swapping).

    Examples
    --------
    >>> symmetric_transition_matrix(3, 0.2)
    array([[0.8, 0.1, 0.1],
           [0.1, 0.8, 0.1],
           [0.1, 0.1, 0.8]])
    """
    K = check_integer(n_classes, "n_classes", 2)
    rate = check_rate(noise_rate)
    if check_option(spread, "spread", ("others", "all")) == "all":
        return (1 - rate) * np.eye(K) + rate / K
    T = np.full((K, K), rate / (K - 1))
    np.fill_diagonal(T, 1 - rate)
    return T


def pair_flip_transition_matrix(n_classes: int, noise_rate: float = 0.2) -> NDArray[np.float64]:
    """Noise that takes each class for the next one, and the last for the first.

    Parameters
    ----------
    n_classes : int
        At least 2.
    noise_rate : float in [0, 1], default=0.2
        Fraction of the labels of every class that become ``(i + 1) % n_classes``.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        `group_transition_matrix` of one group, with its errors.

    See Also
    --------
    symmetric_transition_matrix : All wrong labels are equally likely.
    class_map_transition_matrix : Other pairs of classes.
    corrupt_labels : Draws labels from such a T.

    References
    ----------
    .. [1] Han et al., "Co-teaching: Robust Training of Deep Neural Networks with Extremely
       Noisy Labels", NeurIPS 2018 (pair flipping).

    Examples
    --------
    >>> pair_flip_transition_matrix(3, 0.25)
    array([[0.75, 0.25, 0.  ],
           [0.  , 0.75, 0.25],
           [0.25, 0.  , 0.75]])
    """
    return group_transition_matrix(np.zeros(check_integer(n_classes, "n_classes", 2)), noise_rate)


def class_map_transition_matrix(
    class_map: Mapping[Hashable, Hashable],
    noise_rate: float | Mapping[Hashable, float] = 0.2,
    *,
    classes: ArrayLike | int,
) -> NDArray[np.float64]:
    """Noise that takes some classes for one other class each.

    Parameters
    ----------
    class_map : dict
        From a clean label to the label that it is taken for; the other classes stay clean.
    noise_rate : float in [0, 1] or dict, default=0.2
        Fraction of the labels of each class of `class_map` that change; as a dict, from each
        clean label of `class_map` to its fraction.
    classes : int or array-like of shape (n_classes,)
        The class labels in the order of T's rows; an int K stands for 0, ..., K - 1.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, ordered as `classes`.

    Raises
    ------
    TypeError
        If `class_map` is not a dict.
    ValueError
        If a rate is outside [0, 1], or `class_map` names a class that is not in `classes` or
        sends one to itself.

    See Also
    --------
    pair_flip_transition_matrix : Every class is taken for the next one.
    group_transition_matrix : Classes of a group are confused.
    corrupt_labels : Draws labels from such a T.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.1 (`MNIST_CLASS_MAP`, `CIFAR10_CLASS_MAP`).

    Examples
    --------
    >>> class_map_transition_matrix({"cat": "dog"}, 0.25, classes=["bird", "cat", "dog"])
    array([[1.  , 0.  , 0.  ],
           [0.  , 0.75, 0.25],
           [0.  , 0.  , 1.  ]])

    Two rates, as for the film reviews of [1]_:

    >>> class_map_transition_matrix({0: 1, 1: 0}, {0: 0.05, 1: 0.4}, classes=2)
    array([[0.95, 0.05],
           [0.4 , 0.6 ]])

    The digits and the photos of [1]_:

    >>> from sknoisy.noise import CIFAR10_CLASS_MAP, MNIST_CLASS_MAP
    >>> T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.6, classes=10)
    >>> float(T[2, 7]), float(T[7, 1])
    (0.6, 0.6)
    >>> CIFAR10_CLASS_MAP[9]  # trucks are taken for automobiles
    1
    """
    labels = check_classes(classes)
    row_of = {label: row for row, label in enumerate(labels.tolist())}
    _check_class_map(class_map, row_of, show_labels(labels))
    rates = _rate_of_each_class(class_map, noise_rate)
    T = np.eye(len(labels))
    for clean, noisy in class_map.items():
        T[row_of[clean], row_of[clean]] = 1 - rates[clean]
        T[row_of[clean], row_of[noisy]] = rates[clean]
    return T


def group_transition_matrix(
    groups: ArrayLike, noise_rate: float = 0.2, *, kind: str = "circular"
) -> NDArray[np.float64]:
    """Noise that confuses classes of the same group only.

    Parameters
    ----------
    groups : array-like of shape (n_classes,)
        The group of each class, as any kind of label; `CIFAR100_SUPERCLASSES` for CIFAR-100.
    noise_rate : float in [0, 1], default=0.2
        Fraction of the labels of a class that change. A class alone in its group stays clean.
    kind : {"circular", "symmetric"}, default="circular"
        To the next class of the group, and from its last to its first ([1]_), or to all other
        classes of the group alike.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        0 between classes of different groups.

    Raises
    ------
    TypeError, ValueError
        If there are no groups, the rate is out of range, or `kind` is unknown.

    See Also
    --------
    class_map_transition_matrix : Single classes are taken for others.
    corrupt_labels : Draws labels from such a T.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.1 (CIFAR-100).

    Examples
    --------
    >>> group_transition_matrix(["pet", "car", "pet", "pet"], 0.5)
    array([[0.5, 0. , 0.5, 0. ],
           [0. , 1. , 0. , 0. ],
           [0. , 0. , 0.5, 0.5],
           [0.5, 0. , 0. , 0.5]])

    The superclasses of CIFAR-100:

    >>> from sknoisy.noise import CIFAR100_SUPERCLASSES
    >>> T = group_transition_matrix(CIFAR100_SUPERCLASSES, 0.2)
    >>> T[4].nonzero()[0]  # a beaver stays a beaver or becomes a dolphin
    array([ 4, 30])
    """
    try:
        group_of = check_labels(groups, "groups")
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"groups must hold the group of each class. {without_hint(error)} {SEE_ERRORS}"
        ) from error
    rate = check_rate(noise_rate)
    circular = check_option(kind, "kind", ("circular", "symmetric")) == "circular"
    T = np.eye(len(group_of))
    for group in np.unique(group_of):
        members = np.flatnonzero(group_of == group)
        if len(members) == 1:
            continue
        if circular:
            T[members, members] = 1 - rate
            T[members, np.roll(members, -1)] = rate
        else:
            T[np.ix_(members, members)] = symmetric_transition_matrix(len(members), rate)
    return T


def _check_class_map(
    class_map: Mapping[Hashable, Hashable], row_of: Mapping[Hashable, int], shown: str
) -> None:
    if not isinstance(class_map, Mapping):
        raise TypeError(
            f"class_map must be a dict from clean labels to noisy ones, such as {{2: 7}}; "
            f"got {type(class_map).__name__}."
            f" {SEE_ERRORS}"
        )
    for clean, noisy in class_map.items():
        unknown = [label for label in (clean, noisy) if label not in row_of]
        if unknown:
            raise ValueError(
                f"class_map sends {clean!r} to {noisy!r}, but {unknown[0]!r} is not among the "
                f"classes {shown}."
                f" {SEE_ERRORS}"
            )
        if row_of[clean] == row_of[noisy]:
            raise ValueError(
                f"class_map must send a class to another one; it sends {clean!r} to itself. "
                f"Leave out the classes that stay clean."
                f" {SEE_ERRORS}"
            )


def _rate_of_each_class(
    class_map: Mapping[Hashable, Hashable], noise_rate: float | Mapping[Hashable, float]
) -> dict[Hashable, float]:
    if not isinstance(noise_rate, Mapping):
        return dict.fromkeys(class_map, check_rate(noise_rate))
    if set(noise_rate) != set(class_map):
        raise ValueError(
            f"noise_rate as a dict must have the keys of class_map, {list(class_map)}; "
            f"got {list(noise_rate)}."
            f" {SEE_ERRORS}"
        )
    return {label: check_rate(rate, f"noise_rate[{label!r}]") for label, rate in noise_rate.items()}
