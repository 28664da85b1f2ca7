"""The joint distribution of clean label and prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls
from typing_extensions import Unpack

from .._checks import check_flag, check_option
from ._cells import Cells, read_cells
from ._inputs import Array, RowOptions
from ._score import Estimate, corrected, with_uncertainty

MAX_ROUNDS = 50
AXIS: dict[str, int | None] = {"all": None, "true": 1, "pred": 0}  # Along which entries sum to 1.


@with_uncertainty
def noise_corrected_confusion_matrix(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    normalize: str = "all",
    simplex: bool = True,
    **rows: Unpack[RowOptions],
) -> Estimate[Array]:
    """Shares of clean label and prediction, from noisy labels.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors and warnings.
    normalize : {"all", "true", "pred"}, default="all"
        What sums to 1: the whole matrix, each row (a clean class) or each column (a prediction).
    simplex : bool, default=True
        Whether to replace a raw solution with negative entries by the most likely one without.

    Returns
    -------
    ndarray of shape (n_classes, n_classes) or Score
        Clean labels in rows, predictions in columns. Standard errors are those of the raw
        solution; intervals are cut to [0, 1] if `simplex`. Rows or columns without mass are zero.

    See Also
    --------
    sknoisy.inspection.NoiseCorrectedConfusionMatrixDisplay : Draws it.
    sklearn.metrics.confusion_matrix : The counterpart for clean labels.

    Notes
    -----
    The raw solution is ``inv(T).T @ M``, where ``M[a, b]`` is the share of rows with noisy label
    a and prediction b. It is unbiased, but by chance small entries are negative. On the simplex,
    column b maximises the multinomial likelihood ``sum_a M[a, b] log (C[:, b] @ T)[a]``, as the
    raw solution does where it is not negative; the share of each prediction is kept. Scores such
    as recall use the raw solution, since entries cut at zero lower the diagonal.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> noise_corrected_confusion_matrix(y_noisy, y_pred, T).round(6)
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    check_option(normalize, "normalize", tuple(AXIS))
    check_flag(simplex, "simplex")
    T, _, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)

    def evaluate(R: Array) -> Estimate[Array]:
        raw = R.T @ cells.share
        joint = most_likely_joint(T, cells.share) if simplex and (raw < 0).any() else raw
        limits = (0, 1) if simplex else None
        return Estimate(_normalized(joint, normalize)[0], _std(R, cells, raw, normalize), limits)

    return corrected(evaluate, T)


def _normalized(joint: Array, normalize: str) -> tuple[Array, Array | float]:
    """The joint's entries as shares of the mass of their part, and that mass."""
    if normalize == "all":
        return joint, 1.0
    mass = joint.sum(axis=AXIS[normalize], keepdims=True)
    return np.divide(joint, mass, out=np.zeros(joint.shape), where=mass > 0), mass


def _std(R: Array, cells: Cells, joint: Array, normalize: str) -> Array:
    """Standard error of each entry; a row (a, b) adds ``R[a, k]`` to the joint's entry (k, b)."""
    shares, mass = _normalized(joint, normalize)
    first, second = R.T @ cells.squared_weight, (R**2).T @ cells.squared_weight
    # A row adds to the mass of its part: R[a, k] to that of clean class k, 1 to the others.
    in_part, of_part = (second, second) if normalize == "true" else (first, cells.squared_weight)
    total = of_part.sum(axis=AXIS[normalize], keepdims=True)
    variance = second - 2 * shares * in_part + shares**2 * total
    variance = np.divide(variance, mass**2, out=np.zeros(R.shape), where=np.asarray(mass) > 0)
    return np.sqrt(variance.clip(min=0))


def most_likely_joint(T: Array, share: Array) -> Array:
    """The joint of clean label and prediction without negative entries that fits `share` best.

    Fisher scoring, column by column: each round is a least-squares problem without negative
    entries, whose weights are the inverse of the shares fitted so far.
    """
    mass = share.sum(axis=0)
    joint = np.zeros(share.shape)
    for b in np.flatnonzero(mass):
        target = share[:, b] / mass[b]
        column, _ = nnls(T.T, target)
        for _ in range(MAX_ROUNDS):
            root = np.sqrt((T.T @ column).clip(min=1e-9))
            before, (column, _) = column, nnls(T.T / root[:, None], target / root)
            if np.abs(column - before).max() < 1e-10:
                break
        joint[:, b] = mass[b] * column / column.sum()
    return joint
