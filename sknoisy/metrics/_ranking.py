"""Area under the ROC curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning
from typing_extensions import Unpack

from .._checks import check_numbers, check_option
from .._hints import SEE_ERRORS
from .._warn import warn
from ._inputs import Array, RowOptions, check_weights, inverse, resolve_noisy
from ._score import Estimate, corrected, standard_error, with_uncertainty


@with_uncertainty
def noise_corrected_roc_auc(
    y_noisy: ArrayLike,
    y_score: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    **rows: Unpack[RowOptions],
) -> Estimate[Any]:
    """Area under the ROC curve for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`, with its errors and warnings.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        For two classes, scores of the second, such as its posterior or a decision function (of
        two columns the second is taken). For more, one column per class in the order of T's
        rows, each against the rest. Only ranks matter.
    average : {"macro", "weighted"} or None, default="macro"
        For more than two classes: the mean over classes, the same weighted by the corrected
        shares of the clean classes, or None for the values of all classes.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        May leave [0, 1] by chance.

    Warns
    -----
    UndefinedMetricWarning
        If the corrected share of a class or of its rest is not positive: its value is NaN.

    See Also
    --------
    noise_corrected_balanced_accuracy : Of labels instead of scores.
    sklearn.metrics.roc_auc_score : The counterpart for clean labels.

    Notes
    -----
    Row n counts as of class k with weight ``inv(T)[noisy_n, k]``, which may be negative, and as
    of the rest with the remainder to 1. The weighted share of rightly ordered pairs of rows is a
    ratio of two unbiased U-statistics; its standard error follows from their projections, and is
    DeLong's where T is the identity (DeLong et al., "Comparing the areas under two or more
    correlated receiver operating characteristic curves", Biometrics 1988).

    A row makes no pair with itself, while two copies of it are a pair: a weight of 2 is not quite
    a repetition here. The difference vanishes as rows become many.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_score = [0, 0, 1, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]
    >>> round(noise_corrected_roc_auc(y_noisy, y_score, T), 3)
    0.926
    """
    check_option(average, "average", ("macro", "weighted", None))
    T, all_classes, noisy = resolve_noisy(transition_matrix, rows.get("classes"), y_noisy)
    columns = _score_columns(y_score, len(noisy), len(T))
    weights = check_weights(rows.get("sample_weight"), len(noisy))
    ranked = {1: columns[0]} if len(T) == 2 else dict(enumerate(columns))

    def evaluate(R: Array) -> Estimate[Any]:
        areas = [auc(column, noisy.rows_of(R[:, k]), weights) for k, column in ranked.items()]
        values = np.array([value for value, _ in areas])
        influence = np.array([row for _, row in areas])
        if len(T) == 2:
            return Estimate(float(values[0]), float(standard_error(influence[0], weights)))
        if average is None:
            return Estimate(values, standard_error(influence, weights))
        share = weights @ noisy.rows_of(R) if average == "weighted" else np.full(len(T), 1 / len(T))
        mean = influence.T @ share
        if average == "weighted":
            mean += (noisy.rows_of(R) - share) @ values
        return Estimate(float(values @ share), float(standard_error(mean, weights)))

    area = corrected(evaluate, T)
    share = weights @ noisy.rows_of(inverse(T))
    missing = (share <= 0) | (share >= 1)
    if missing.any():
        warn(
            f"The area of the classes {all_classes[missing].tolist()} is not defined and NaN: "
            f"their corrected share is not inside (0, 1). Score more rows, or leave them out.",
            UndefinedMetricWarning,
        )
    return area


def _score_columns(y_score: ArrayLike, n_rows: int, n_classes: int) -> Array:
    """Scores of each class that is compared with the rest: of two classes the second alone."""
    columns = "" if n_classes == 2 else f" {n_classes}"
    scores = check_numbers(y_score, "y_score", f"({n_rows},{columns})")
    if n_classes == 2 and scores.shape in ((n_rows,), (n_rows, 1), (n_rows, 2)):
        scores = scores.reshape(n_rows, -1)[:, -1:]
    elif n_classes == 2 or scores.shape != (n_rows, n_classes):
        shape = f"({n_rows},)" if n_classes == 2 else f"({n_rows}, {n_classes})"
        raise ValueError(
            f"y_score must have shape {shape} for {n_classes} classes; got {scores.shape}."
            f" {SEE_ERRORS}"
        )
    if np.isnan(scores).any():
        raise ValueError(f"y_score must not hold NaN. {SEE_ERRORS}")
    return scores.T


def auc(score: Array, positive: Array, weights: Array) -> tuple[float, Array]:
    """The area under the ranks of `score`, and the influence of each row on it.

    `positive` says how much a row is of the positive class, any real number; the rest to 1 is
    negative. Ties count half. All of shape (n_samples,); weights sum to 1.
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
