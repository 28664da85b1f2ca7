"""The joint distribution of clean label and prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from ._cells import Array, Cells, read_cells
from ._inputs import check_option
from ._score import corrected_score

MAX_ROUNDS = 50


def noise_corrected_confusion_matrix(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    normalize: str = "all",
    simplex: bool = True,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Shares of clean label and prediction, from noisy labels.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.
    normalize : {"all", "true", "pred"}, default="all"
        What sums to 1: the whole matrix, each row (a clean class) or each column (a prediction).
    simplex : bool, default=True
        Whether to replace a raw solution with negative entries by the most likely one without.

    Returns
    -------
    ndarray of shape (n_classes, n_classes) or Score
        Clean labels in rows, predictions in columns. Standard errors are those of the raw
        solution; intervals are cut to [0, 1] if `simplex`. Rows or columns without mass are zero.

    Raises
    ------
    ValueError
        As for :func:`noise_corrected_accuracy`, or if `normalize` is unknown.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.

    Notes
    -----
    The raw solution is ``inv(T).T @ M``, where ``M[a, b]`` is the share of rows with noisy label
    a and prediction b. Unbiased, but with sampling error some entries of small cells turn
    negative. On the simplex, column b maximises ``sum_a M[a, b] log (C[:, b] @ T)[a]``: the
    multinomial likelihood, which the raw solution maximises too where it is not negative.
    The share of each prediction is kept. Scores such as recall use the raw solution, since
    cutting small cells at zero takes its toll from the diagonal.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> noise_corrected_confusion_matrix(y_noisy, y_pred, T).round(6)
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    check_option(normalize, "normalize", ("all", "true", "pred"))
    T, _, cells = read_cells(y_noisy, y_pred, transition_matrix, classes, sample_weight)

    def evaluate(R: Array) -> tuple[Array, Array]:
        raw = R.T @ cells.share
        std = _std_of_shares(R, cells, raw, normalize)
        joint = most_likely_joint(T, cells.share) if simplex and (raw < 0).any() else raw
        return _normalized(joint, normalize), std

    score = corrected_score(evaluate, T, return_std=return_std, confidence_level=confidence_level)
    if simplex and confidence_level is not None:
        return score._replace(interval=tuple(bound.clip(0, 1) for bound in score.interval))
    return score


def _normalized(joint: Array, normalize: str) -> Array:
    if normalize == "all":
        return joint
    sums = joint.sum(axis=1 if normalize == "true" else 0, keepdims=True)
    return np.divide(joint, sums, out=np.zeros(joint.shape), where=sums > 0)


def _std_of_shares(R: Array, cells: Cells, joint: Array, normalize: str) -> Array:
    """Standard error of each entry; a row (a, b) adds ``R[a, k]`` to the joint's entry (k, b)."""
    squares = cells.squared_weight
    if normalize == "all":
        # Around the mean; the squared weights sum to the variance of a constant of size 1.
        first, second = R.T @ squares, (R**2).T @ squares
        variance = second - 2 * joint * first + joint**2 * squares.sum()
    elif normalize == "true":
        shares, mass = _normalized(joint, normalize), joint.sum(axis=1, keepdims=True)
        inside = (R**2).T @ squares
        variance = inside * (1 - 2 * shares) + shares**2 * inside.sum(axis=1, keepdims=True)
        variance = np.divide(variance, mass**2, out=np.zeros(R.shape), where=mass > 0)
    else:
        shares, mass = _normalized(joint, normalize), joint.sum(axis=0, keepdims=True)
        first, second = R.T @ squares, (R**2).T @ squares
        variance = second - 2 * shares * first + shares**2 * squares.sum(axis=0)
        variance = np.divide(variance, mass**2, out=np.zeros(R.shape), where=mass > 0)
    return np.sqrt(variance.clip(min=0))


def most_likely_joint(T: Array, share: Array) -> Array:
    """The joint of clean label and prediction without negative entries that fits `share` best.

    Fisher scoring, column by column: each round is a least-squares problem without negative
    entries, whose weights are the inverse of the shares fitted so far.
    """
    mass = share.sum(axis=0)
    joint = np.zeros(share.shape)
    for b in np.flatnonzero(mass):
        wanted = share[:, b] / mass[b]
        column, _ = nnls(T.T, wanted)
        for _ in range(MAX_ROUNDS):
            root = np.sqrt((T.T @ column).clip(min=1e-9))
            before, (column, _) = column, nnls(T.T / root[:, None], wanted / root)
            if np.abs(column - before).max() < 1e-10:
                break
        joint[:, b] = mass[b] * column / column.sum()
    return joint
