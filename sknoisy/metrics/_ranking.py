"""Area under the ROC curve."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning

from ._inputs import check_option, check_weights, inverse, resolve
from ._score import corrected_score, standard_error

Array = NDArray[np.float64]


def noise_corrected_roc_auc(
    y_noisy: ArrayLike,
    y_score: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Area under the ROC curve for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of any type.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        For two classes, scores of the second, such as its posterior or a decision function (of
        two columns the second is taken). For more, one column per class in the order of T's
        rows, each against the rest. Only ranks matter.
    transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`.
    average : {"macro", "weighted"} or None, default="macro"
        For more than two classes: the mean over classes, the same weighted by the corrected
        shares of the clean classes, or None for the values of all classes.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        May leave [0, 1] by chance.

    Raises
    ------
    ValueError
        If T is not row-stochastic, not invertible or not of the classes' size, or if labels,
        scores, lengths or weights do not fit.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.
    UndefinedMetricWarning
        If the corrected share of a class or of its rest is not positive: its value is NaN.

    Notes
    -----
    Row n counts as of class k with weight ``inv(T)[noisy_n, k]``, which may be negative, and as
    of the rest with the remainder to 1. Over all pairs of different rows the weighted share of
    rightly ordered ones is a ratio of two unbiased U-statistics; its standard error follows from
    their projections, and is DeLong's ([1]_) where T is the identity.

    References
    ----------
    .. [1] DeLong, DeLong, Clarke-Pearson, "Comparing the areas under two or more correlated
       receiver operating characteristic curves", Biometrics 1988.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_score = [0, 0, 1, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]
    >>> round(noise_corrected_roc_auc(y_noisy, y_score, T), 3)
    0.926
    """
    check_option(average, "average", ("macro", "weighted", None))
    T, known, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    columns = _score_columns(y_score, len(noisy), len(T))
    weights = check_weights(sample_weight, len(noisy))
    ranked = {1 if len(T) == 2 else k: column for k, column in enumerate(columns.T)}

    def evaluate(R: Array) -> tuple[Any, Any]:
        found = [auc(column, R[noisy, k], weights) for k, column in ranked.items()]
        values = np.array([value for value, _ in found])
        influence = np.array([row for _, row in found])
        if len(T) == 2:
            return float(values[0]), float(standard_error(influence[0], weights))
        if average is None:
            return values, standard_error(influence, weights)
        share = np.full(len(T), 1 / len(T))
        mean = influence.T @ share
        if average == "weighted":
            share = weights @ R[noisy]
            mean = influence.T @ share + (R[noisy] - share) @ values
        return float(values @ share), float(standard_error(mean, weights))

    score = corrected_score(evaluate, T, return_std=return_std, confidence_level=confidence_level)
    _warn_of_missing_classes(inverse(T), noisy, weights, known)
    return score


def _score_columns(y_score: ArrayLike, n_rows: int, n_classes: int) -> Array:
    scores = np.asarray(y_score, dtype=np.float64)
    if scores.ndim == 1:
        scores = scores[:, None]
    if n_classes == 2 and scores.ndim == 2 and scores.shape[1] == 2:
        scores = scores[:, 1:]
    wanted = 1 if n_classes == 2 else n_classes
    if scores.shape != (n_rows, wanted):
        shape = f"({n_rows},)" if wanted == 1 else f"({n_rows}, {n_classes})"
        raise ValueError(
            f"y_score must have shape {shape} for {n_classes} classes; got {np.shape(y_score)}."
        )
    if np.isnan(scores).any():
        raise ValueError("y_score must not hold NaN.")
    return scores


def auc(score: Array, positive: Array, weights: Array) -> tuple[float, Array]:
    """The area, and the influence of each row on it.

    Parameters
    ----------
    score : ndarray of shape (n_samples,)
        Only ranks matter; ties count half.
    positive : ndarray of shape (n_samples,)
        How much a row is of the positive class, any real number; the rest to 1 is negative.
    weights : ndarray of shape (n_samples,)
        Weights that sum to 1.
    """
    of_class, of_rest = weights * positive, weights * (1 - positive)
    _, place = np.unique(score, return_inverse=True)
    at = np.bincount(place, of_rest)
    rest_below = (np.cumsum(at) - at / 2)[place] - of_rest / 2  # A row is no pair with itself.
    at = np.bincount(place, of_class)
    class_above = (of_class.sum() - np.cumsum(at) + at / 2)[place] - of_class / 2
    n_class, n_rest = of_class.sum(), of_rest.sum()
    pairs = n_class * n_rest - of_class @ of_rest
    if pairs <= 0 or n_class <= 0 or n_rest <= 0:
        return np.nan, np.full(len(score), np.nan)
    value = float(of_class @ rest_below / pairs)
    here = positive * rest_below + (1 - positive) * class_above
    alone = positive * n_rest + (1 - positive) * n_class - 2 * positive * of_rest
    return value, (here - value * alone) / pairs


def _warn_of_missing_classes(
    R: Array, noisy: NDArray[np.intp], weights: Array, classes: NDArray[Any]
) -> None:
    share = weights @ R[noisy]
    missing = (share <= 0) | (share >= 1)
    if missing.any():
        warnings.warn(
            f"The area of the classes {classes[missing].tolist()} is not defined and NaN: their "
            f"corrected share is not inside (0, 1). Score more rows, or leave the classes out.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
