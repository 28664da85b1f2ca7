"""Precision, recall and F1 on the clean labels: per class, of one class, or averaged."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning
from typing_extensions import Unpack

from .._checks import check_option, is_number
from ._cells import Cells, read_cells
from ._inputs import Array, RowOptions, inverse, position_of
from ._rates import average_of, per_class, rates_of
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
    return corrected(_average("precision", T, labels, cells, average, pos_label, zero_division), T)


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

    Takes and returns the same as :func:`noise_corrected_precision`, with its errors and warnings.

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
    return corrected(_average("recall", T, labels, cells, average, pos_label, zero_division), T)


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

    Takes and returns the same as :func:`noise_corrected_precision`, with its errors and warnings.

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
    return corrected(_average("f1", T, labels, cells, average, pos_label, zero_division), T)


def _average(
    kind: str,
    T: Array,
    classes: NDArray[Any],
    cells: Cells,
    average: str | None,
    pos_label: Any,
    zero_division: Any,
) -> Callable[[Array], Estimate[Any]]:
    """Precision, recall or F1, as a function of ``inv(T)``."""
    check_option(average, "average", ("macro", "weighted", "binary", None))
    positive = None
    if average == "binary":
        if pos_label is None and len(classes) != 2:
            raise ValueError(
                f'average="binary" with {len(classes)} classes needs pos_label, one of '
                f'{classes.tolist()}; or choose average=None, "macro" or "weighted".'
            )
        positive = 1 if pos_label is None else position_of(pos_label, classes, "pos_label")
    undefined = ~rates_of(kind, inverse(T), cells).defined
    if positive is not None:
        undefined &= np.arange(len(T)) == positive
    fill = _value_where_undefined(kind, zero_division, classes[undefined])

    def evaluate(R: Array) -> Estimate[Any]:
        rates = rates_of(kind, R, cells)
        rates = rates._replace(value=np.where(rates.defined, rates.value, fill))
        if average is None:
            return per_class(rates, cells)
        if positive is not None:
            by_class = per_class(rates, cells)
            return Estimate(float(by_class.value[positive]), by_class.std[positive])
        counted = ~np.isnan(rates.value)
        rates = rates._replace(value=np.nan_to_num(rates.value))
        if average == "macro":
            return average_of(rates, counted / max(counted.sum(), 1), cells)
        prior = R.T @ cells.share.sum(axis=1)
        return average_of(rates, prior, cells, extra=R @ rates.value)

    return evaluate


def _value_where_undefined(kind: str, zero_division: Any, classes: NDArray[Any]) -> float:
    if isinstance(zero_division, str) and zero_division == "warn":
        if len(classes):
            reason = "never predicted" if kind == "precision" else "of no corrected share > 0"
            warnings.warn(
                f"The {kind} of the classes {classes.tolist()} is not defined and set to 0: they "
                f"are {reason}. zero_division= sets another value and silences this warning.",
                UndefinedMetricWarning,
                stacklevel=5,
            )
        return 0.0
    if is_number(zero_division) and (zero_division in (0, 1) or np.isnan(zero_division)):
        return float(zero_division)
    raise ValueError(f'zero_division must be "warn", 0, 1 or NaN; got {zero_division!r}.')
