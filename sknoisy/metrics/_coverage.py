"""How often prediction sets hold the clean label."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Unpack

from .._checks import check_numbers
from .._hints import SEE_ERRORS
from ._inputs import Array, RowOptions, check_weights, resolve_noisy
from ._score import Estimate, corrected, mean_of, with_uncertainty


@with_uncertainty
def noise_corrected_coverage(
    y_noisy: ArrayLike,
    y_set: ArrayLike,
    transition_matrix: ArrayLike,
    **rows: Unpack[RowOptions],
) -> Estimate[float]:
    """Share of the rows whose prediction set holds the clean label, from noisy labels.

    Parameters
    ----------
    y_noisy, transition_matrix, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors and warnings.
    y_set : bool array-like of shape (n_samples, n_classes)
        Whether a class is in the set of a row, columns in the order of T's rows: one level of
        what :meth:`~sknoisy.conformal.NoiseConformalClassifier.predict_set` returns.
    classes : array-like of shape (n_classes,), default=None
        The class of each column; default: those that label a DataFrame `transition_matrix`, or
        else the labels, sorted.

    Returns
    -------
    float or Score
        Unbiased, and so may leave [0, 1] by chance.

    See Also
    --------
    sknoisy.conformal.NoiseConformalClassifier : Makes such prediction sets.

    Notes
    -----
    The mean over rows of ``sum_k inv(T)[noisy, k] (k in the set)``: averaged over the noise, the
    weights are 1 for the clean label and 0 for the others.

    References
    ----------
    .. [1] Sesia, Wang, Tong, "Adaptive conformal classification with noisy labels", 2023.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
    >>> y_set = [[True, False]] * 4 + [[False, True]] * 4 + [[True, True]] * 2
    >>> round(noise_corrected_coverage(y_noisy, y_set, T), 3)
    1.267
    """
    T, classes, noisy = resolve_noisy(transition_matrix, rows.get("classes"), y_noisy)
    sets = _checked_sets(y_set, len(noisy), len(classes))
    weights = check_weights(rows.get("sample_weight"), len(noisy))
    return corrected(
        lambda inverse_of_T: mean_of((noisy.rows_of(inverse_of_T) * sets).sum(axis=1), weights), T
    )


def _checked_sets(y_set: ArrayLike, n_rows: int, n_classes: int) -> Array:
    sets = check_numbers(y_set, "y_set", f"({n_rows}, {n_classes})")
    if sets.shape != (n_rows, n_classes):
        raise ValueError(
            f"y_set must have shape ({n_rows}, {n_classes}), one column per class; got "
            f"{sets.shape}. Of several confidence levels pass one, y_set[:, :, 0]."
            f" {SEE_ERRORS}"
        )
    if not np.isin(sets, (0, 1)).all():
        raise ValueError(f"y_set must hold True and False only; got other numbers. {SEE_ERRORS}")
    return sets
