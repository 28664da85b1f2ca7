"""Precision, recall and F1 on the clean labels: per class, of one class, or averaged."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning

from ._cells import Array, read_cells
from ._inputs import check_option, condition_number, inverse
from ._rates import RATES, average_of, per_class
from ._score import corrected_score

AVERAGES = (None, "binary", "macro", "weighted")


def noise_corrected_precision(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Precision for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.
    average : {"macro", "weighted", "binary"} or None, default="macro"
        Mean over classes, the same weighted by the corrected shares of the clean classes, the
        value of `pos_label` alone, or None for the values of all classes.
    pos_label : label, default=None
        The class for ``average="binary"``; default: the last of two.
    zero_division : "warn", 0, 1 or NaN, default="warn"
        Value for a class without predictions; "warn" is 0 with a warning, NaN leaves the class
        out of the mean.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score

    Raises
    ------
    ValueError
        As for :func:`noise_corrected_accuracy`, or if an option is unknown.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.
    UndefinedMetricWarning
        If a class is never predicted.

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
    return _rate(
        "precision",
        y_noisy,
        y_pred,
        transition_matrix,
        average=average,
        pos_label=pos_label,
        zero_division=zero_division,
        classes=classes,
        sample_weight=sample_weight,
        return_std=return_std,
        confidence_level=confidence_level,
    )


def noise_corrected_recall(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Recall for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.
    average, pos_label
        As for :func:`noise_corrected_precision`.
    zero_division : "warn", 0, 1 or NaN, default="warn"
        Value for a class whose corrected share is not positive.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score
        A ratio of two unbiased estimates, which may leave [0, 1] by chance.

    Raises
    ------
    ValueError
        As for :func:`noise_corrected_accuracy`, or if an option is unknown.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.
    UndefinedMetricWarning
        If the corrected share of a class is not positive.

    Notes
    -----
    ``C[k, k] / sum_j C[k, j]`` of the joint C of clean label and prediction, as for
    :func:`noise_corrected_precision`; the denominator is the corrected share of class k.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> noise_corrected_recall(y_noisy, y_pred, T, average=None).round(6)
    array([1., 1.])
    """
    return _rate(
        "recall",
        y_noisy,
        y_pred,
        transition_matrix,
        average=average,
        pos_label=pos_label,
        zero_division=zero_division,
        classes=classes,
        sample_weight=sample_weight,
        return_std=return_std,
        confidence_level=confidence_level,
    )


def noise_corrected_f1(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None = "macro",
    pos_label: Any = None,
    zero_division: Any = "warn",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """F1 score for the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.
    average, pos_label
        As for :func:`noise_corrected_precision`.
    zero_division : "warn", 0, 1 or NaN, default="warn"
        Value for a class that neither is predicted nor has a positive corrected share.

    Returns
    -------
    float, ndarray of shape (n_classes,) or Score

    Raises
    ------
    ValueError
        As for :func:`noise_corrected_accuracy`, or if an option is unknown.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.
    UndefinedMetricWarning
        If the denominator of a class is not positive.

    Notes
    -----
    ``2 C[k, k] / (sum_j C[k, j] + sum_i C[i, k])`` of the joint C of clean label and prediction,
    as for :func:`noise_corrected_precision`.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> round(noise_corrected_f1(y_noisy, y_pred, T), 6)
    1.0
    """
    return _rate(
        "f1",
        y_noisy,
        y_pred,
        transition_matrix,
        average=average,
        pos_label=pos_label,
        zero_division=zero_division,
        classes=classes,
        sample_weight=sample_weight,
        return_std=return_std,
        confidence_level=confidence_level,
    )


def _rate(
    kind: str,
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    average: str | None,
    pos_label: Any,
    zero_division: Any,
    classes: ArrayLike | None,
    sample_weight: ArrayLike | None,
    return_std: bool,
    confidence_level: float | None,
) -> Any:
    """Precision, recall or F1; the public functions differ in their documentation only."""
    check_option(average, "average", AVERAGES)
    T, known, cells = read_cells(y_noisy, y_pred, transition_matrix, classes, sample_weight)
    positive = _positive_class(known, pos_label) if average == "binary" else None
    condition_number(T)  # A T that has no inverse is an error before anything is undefined.
    undefined = ~RATES[kind](inverse(T), cells).defined
    if positive is not None:
        undefined &= np.arange(len(T)) == positive
    fill = _value_where_undefined(kind, zero_division, known[undefined])

    def evaluate(R: Array) -> tuple[Any, Any]:
        rates = RATES[kind](R, cells)
        rates = rates._replace(value=np.where(rates.defined, rates.value, fill))
        if average is None or positive is not None:
            value, std = per_class(rates, cells)
            return (value, std) if positive is None else (float(value[positive]), std[positive])
        if average == "macro":
            counted = ~np.isnan(rates.value)
            share = counted / max(counted.sum(), 1)
            return average_of(rates._replace(value=np.nan_to_num(rates.value)), share, cells)
        prior = R.T @ cells.share.sum(axis=1)
        finite = np.nan_to_num(rates.value)
        return average_of(rates._replace(value=finite), prior, cells, extra=R @ finite)

    return corrected_score(evaluate, T, return_std=return_std, confidence_level=confidence_level)


def _positive_class(classes: NDArray[Any], pos_label: Any) -> int:
    if len(classes) != 2 and pos_label is None:
        raise ValueError(
            f'average="binary" with {len(classes)} classes needs pos_label, one of '
            f'{classes.tolist()}; or choose average=None, "macro" or "weighted".'
        )
    wanted = classes.tolist()[-1] if pos_label is None else pos_label
    if wanted not in classes.tolist():
        raise ValueError(f"pos_label must be one of {classes.tolist()}; got {pos_label!r}.")
    return classes.tolist().index(wanted)


def _value_where_undefined(kind: str, zero_division: Any, classes: NDArray[Any]) -> float:
    if zero_division == "warn":
        if len(classes):
            what = "never predicted" if kind == "precision" else "of no corrected share > 0"
            warnings.warn(
                f"The {kind} of the classes {classes.tolist()} is not defined and set to 0: they "
                f"are {what}. zero_division= sets another value and silences this warning.",
                UndefinedMetricWarning,
                stacklevel=4,
            )
        return 0.0
    if zero_division in (0, 1) or np.isnan(zero_division):
        return float(zero_division)
    raise ValueError(f'zero_division must be "warn", 0, 1 or NaN; got {zero_division!r}.')
