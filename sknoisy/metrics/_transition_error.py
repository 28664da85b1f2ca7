"""How far an estimate of T is from the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_flag, check_option
from .._hints import SEE_ERRORS
from .._transition import check_transition_matrix
from ._inputs import check_weights


def transition_matrix_error(
    T_true: ArrayLike,
    T_estimated: ArrayLike,
    *,
    kind: str = "l1",
    per_row: bool = False,
    class_weight: ArrayLike | None = None,
) -> Any:
    """Error of an estimated transition matrix, by row as in Patrini et al., CVPR 2017.

    Parameters
    ----------
    T_true, T_estimated : array-like of shape (n_classes, n_classes)
        Row-stochastic, classes in the same order.
    kind : {"l1", "max", "relative"}, default="l1"
        - "l1": L1 distance of two rows, from 0 to 2; of the identity, twice the noise rate.
        - "max": the largest absolute difference.
        - "relative": "l1" over that of the identity: 1 is no better than to assume clean labels.
    per_row : bool, default=False
        Whether to return the errors of all rows, instead of their mean (for "max", the largest).
    class_weight : array-like of shape (n_classes,), default=None
        Weights of the rows in the mean; default: all alike.

    Returns
    -------
    float or ndarray of shape (n_classes,)

    Raises
    ------
    ValueError
        If a matrix is not row-stochastic, their sizes differ, `kind` is unknown, or it is
        "relative" and there is no noise.

    See Also
    --------
    sknoisy.TransitionMatrixEstimator : Estimates T.
    sknoisy.noise.transition_matrix_from_labels : The true T, where clean labels are known.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.4, 0.6]]
    >>> round(transition_matrix_error(T, [[0.9, 0.1], [0.4, 0.6]]), 6)
    0.1
    >>> transition_matrix_error(T, [[1, 0], [0, 1]], kind="relative")
    1.0
    """
    check_option(kind, "kind", ("l1", "max", "relative"))
    check_flag(per_row, "per_row")
    true = check_transition_matrix(T_true, name="T_true")
    estimated = check_transition_matrix(T_estimated, n_classes=len(true), name="T_estimated")
    weights = check_weights(class_weight, len(true), "class_weight")
    difference = np.abs(true - estimated)
    if kind == "max":
        rows = difference.max(axis=1)
        return rows if per_row else float(rows[weights > 0].max())
    rows = difference.sum(axis=1)
    if kind == "relative":
        no_noise = np.abs(true - np.eye(len(true))).sum(axis=1)
        scale = no_noise if per_row else weights @ no_noise
        if not np.all(scale > 0):
            raise ValueError(
                'kind="relative" compares with the error of the identity, and T_true has a row '
                'without noise; use kind="l1".'
                f" {SEE_ERRORS}"
            )
        rows = rows / scale
    return rows if per_row else float(weights @ rows)
