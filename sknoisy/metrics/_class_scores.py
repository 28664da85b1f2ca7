"""Precision, recall and F1 on the clean labels: per class, of one class, or averaged."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from typing_extensions import Unpack

from ._cells import read_cells
from ._inputs import RowOptions
from ._rates import averaged
from ._score import Estimate, corrected, with_uncertainty


@with_uncertainty
def noise_corrected_precision(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    **rows: Unpack[RowOptions],
) -> Estimate[Any]:
    """Precision for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors and warnings.
    average : {"macro", "weighted", "binary"} or None, default="macro"
        Mean over classes, the same weighted by the corrected shares of the clean classes, the
        value of `pos_label` alone, or None for the values of all classes.
    pos_label : label, default=None
        The class for ``average="binary"``; default: the last of two.
    zero_division : "warn", 0, 1 or NaN, default="warn"
        Value for a class whose denominator is not positive: one without predictions. "warn" is 0
        with a warning, NaN leaves the class out of the mean.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        A ratio of two unbiased estimates, which may leave [0, 1] by chance.

    Warns
    -----
    UndefinedMetricWarning
        If `zero_division` is "warn" and its value is used.

    See Also
    --------
    noise_corrected_recall : Of the rows of a class, the share that is predicted.
    noise_corrected_f1 : The harmonic mean of both.
    sklearn.metrics.precision_score : The counterpart for clean labels.

    Notes
    -----
    ``C[k, k] / sum_i C[i, k]``, where ``C = inv(T).T @ M`` is the joint of clean label and
    prediction, and M that of noisy label and prediction.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> noise_corrected_precision(y_noisy, y_pred, T, average=None).round(6)
    array([1., 1.])
    """
    T, labels, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)
    return corrected(averaged("precision", T, labels, cells, average, pos_label, zero_division), T)


@with_uncertainty
def noise_corrected_recall(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    **rows: Unpack[RowOptions],
) -> Estimate[Any]:
    """Recall for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, average, pos_label, zero_division
        As for :func:`noise_corrected_precision`, with its errors and warnings.
    classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        A ratio of two unbiased estimates, which may leave [0, 1] by chance.

    See Also
    --------
    noise_corrected_precision : Of the rows predicted as a class, the share that is of it.
    noise_corrected_balanced_accuracy : The mean over classes.
    sklearn.metrics.recall_score : The counterpart for clean labels.

    Notes
    -----
    ``C[k, k] / sum_j C[k, j]`` of the joint C of clean label and prediction, as for precision; the
    denominator is the corrected share of class k.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> noise_corrected_recall(y_noisy, y_pred, T, average=None).round(6)
    array([1., 1.])
    """
    T, labels, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)
    return corrected(averaged("recall", T, labels, cells, average, pos_label, zero_division), T)


@with_uncertainty
def noise_corrected_f1(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    **rows: Unpack[RowOptions],
) -> Estimate[Any]:
    """F1 score for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, average, pos_label, zero_division
        As for :func:`noise_corrected_precision`, with its errors and warnings.
    classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        A ratio of two unbiased estimates, which may leave [0, 1] by chance.

    See Also
    --------
    noise_corrected_precision : Takes the same parameters.
    sklearn.metrics.f1_score : The counterpart for clean labels.

    Notes
    -----
    ``2 C[k, k] / (sum_j C[k, j] + sum_i C[i, k])`` of the joint C of clean label and prediction,
    as for precision.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> round(noise_corrected_f1(y_noisy, y_pred, T), 6)
    1.0
    """
    T, labels, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)
    return corrected(averaged("f1", T, labels, cells, average, pos_label, zero_division), T)
