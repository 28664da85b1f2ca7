"""Noisy labels drawn from a transition matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_flag
from .._labels import encode_labels
from .._random import RandomState, random_generator
from .._transition import check_transition_matrix
from ._as_series import as_series
from ._rounding import exact_counts


@overload
def corrupt_labels(
    y: NDArray[Any],
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    exact: bool = False,
    random_state: RandomState = None,
) -> NDArray[Any]: ...
@overload
def corrupt_labels(
    y: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    exact: bool = False,
    random_state: RandomState = None,
) -> Any: ...


def corrupt_labels(
    y: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    exact: bool = False,
    random_state: RandomState = None,
) -> Any:
    """Replace labels at random, as the transition matrix says.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Clean labels of any type: numbers, strings, bools, objects; a list or Series too.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows; default: those of `y`, sorted. Needed if a class is
        absent from `y`.
    exact : bool, default=False
        False draws each label independently. True lets only the positions be random: of the
        ``n_i`` labels of class i, ``n_i * T[i, j]`` become j, rounded down or up, and the
        fraction that is kept over all classes is T's to within one label.
    random_state : int, RandomState or None, default=None
        Draws the labels.

    Returns
    -------
    ndarray or Series of shape (n_samples,)
        Noisy labels in the type of `y`: strings as long as the longest of `classes`; a Series of
        pandas or polars with the index and name of `y`, if that is one.

    Raises
    ------
    ValueError
        If `y` is empty or holds a label that is missing or not in `classes`, or
        `transition_matrix` is not a row-stochastic matrix with a row per class.

    See Also
    --------
    symmetric_transition_matrix : A simple T.
    part_dependent_noise : Noise that depends on the features.
    CorruptedLabelsClassifier : Corrupts the labels inside of a search.

    Notes
    -----
    The class-conditional noise of Patrini et al., "Making Deep Neural Networks Robust to Label
    Noise", CVPR 2017, section 4. Memory beyond the result grows with ``n_samples`` and with the
    size of T, never with ``n_samples * n_classes``.

    Examples
    --------
    >>> T = [[0.5, 0.5], [0.0, 1.0]]
    >>> noisy = corrupt_labels(["cat"] * 4 + ["dog"] * 4, T, exact=True, random_state=0)
    >>> int((noisy == "cat").sum())
    2
    """
    check_flag(exact, "exact")
    codes, labels = encode_labels(y, classes)
    T = check_transition_matrix(transition_matrix, classes=labels)
    rng = random_generator(random_state)
    return as_series(labels[noisy_codes(codes, T, rng, exact=exact)], y)


def noisy_codes(
    codes: NDArray[np.intp],
    T: NDArray[np.float64],
    rng: np.random.RandomState,
    *,
    exact: bool = False,
) -> NDArray[np.intp]:
    """Draw the number of a noisy class for each number of a clean one."""
    K = len(T)
    noisy = np.empty_like(codes)
    if exact:
        # T may miss its row sums by a tolerance, which a large class would turn into labels.
        expected = T / T.sum(axis=1, keepdims=True)
        counts = exact_counts(expected, np.bincount(codes, minlength=K), rng)
        for i, rows in _rows_by_class(codes, K):
            noisy[rows] = rng.permutation(np.repeat(np.arange(K), counts[i]))
    else:
        cumulative, uniform = _cumulative(T), rng.random_sample(len(codes))
        for i, rows in _rows_by_class(codes, K):
            noisy[rows] = np.searchsorted(cumulative[i], uniform[rows], side="right")
    return noisy


def draw_from_rows(
    probabilities: NDArray[np.float64], rng: np.random.RandomState
) -> NDArray[np.intp]:
    """Draw one column of each row, with the row's probabilities."""
    cumulative = _cumulative(probabilities)
    return (cumulative <= rng.random_sample((len(cumulative), 1))).sum(axis=1)


def _cumulative(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulative = np.cumsum(probabilities, axis=1)
    # Exactly 1 from the last possible class on: no draw may fall on an impossible one.
    return cumulative / cumulative[:, -1:]


def _rows_by_class(
    codes: NDArray[np.intp], n_classes: int
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    # Numpy sorts 16-bit numbers by radix, in a fifth of the time.
    order = np.argsort(codes.astype(np.min_scalar_type(n_classes)), kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=n_classes))
    for i, (start, end) in enumerate(zip(np.r_[0, ends[:-1]], ends, strict=True)):
        if start < end:
            yield i, order[start:end]
