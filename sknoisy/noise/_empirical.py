"""Transition matrices counted from labels or taken from a confusion matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_number, check_numbers
from .._hints import SEE_ERRORS
from .._labels import check_labels, check_same_length, encode_labels, joint_classes


def transition_matrix_from_labels(
    y_clean: ArrayLike,
    y_noisy: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    smoothing: float = 0.0,
) -> NDArray[np.float64]:
    """Count T from examples whose clean and noisy labels are both known.

    Parameters
    ----------
    y_clean, y_noisy : array-like of shape (n_samples,)
        Labels of the same examples.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows; default: all labels of both, sorted.
    smoothing : float, default=0.0
        Pseudo-count added to every pair of classes, >= 0.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        ``T[i, j]``: the fraction of class i (clean) that is labelled j (noisy).

    Raises
    ------
    ValueError
        If the lengths differ, a label is not in `classes`, or a class has no clean example
        and `smoothing` is 0.

    See Also
    --------
    transition_matrix_from_confusion : T from a confusion matrix.
    sknoisy.TransitionMatrixEstimator : Estimates T without clean labels.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.3 (T of Clothing1M from labels of both kinds).

    Examples
    --------
    >>> transition_matrix_from_labels(["a", "a", "a", "a", "b"], ["a", "b", "a", "a", "b"])
    array([[0.75, 0.25],
           [0.  , 1.  ]])
    """
    clean, noisy = check_labels(y_clean, "y_clean"), check_labels(y_noisy, "y_noisy")
    check_same_length(y_clean=clean, y_noisy=noisy)
    if classes is None:
        classes = joint_classes(y_clean=clean, y_noisy=noisy)
    clean_codes, labels = encode_labels(clean, classes, name="y_clean")
    noisy_codes = encode_labels(noisy, classes, name="y_noisy").codes
    K = len(labels)
    counts = np.bincount(clean_codes * K + noisy_codes, minlength=K * K).reshape(K, K)
    return _normalized(counts, smoothing, [f"The class {label!r}" for label in labels.tolist()])


def transition_matrix_from_confusion(
    confusion: ArrayLike, *, smoothing: float = 0.0
) -> NDArray[np.float64]:
    """Turn a confusion matrix into the T of an annotator who makes the same errors.

    Parameters
    ----------
    confusion : array-like of shape (n_classes, n_classes)
        Counts or weights >= 0, true classes in rows and given labels in columns, as from
        `sklearn.metrics.confusion_matrix`.
    smoothing : float, default=0.0
        Pseudo-count added to every entry, >= 0.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        ``T[i, j]``: the share of the true class i that is given label j.

    Raises
    ------
    ValueError
        If `confusion` is not square, holds a negative number or NaN, or has an empty row
        and `smoothing` is 0.

    See Also
    --------
    transition_matrix_from_labels : Counts T from pairs of labels.
    corrupt_labels : Draws labels from such a T.

    Examples
    --------
    >>> transition_matrix_from_confusion([[3, 1], [0, 4]], smoothing=1).round(3)
    array([[0.667, 0.333],
           [0.167, 0.833]])
    """
    counts = check_numbers(confusion, "confusion", "(n_classes, n_classes)")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ValueError(
            f"confusion must be square, of shape (n_classes, n_classes); got {counts.shape}."
            f" {SEE_ERRORS}"
        )
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError(
            f"confusion must hold finite counts >= 0; got a negative or missing one. {SEE_ERRORS}"
        )
    return _normalized(counts, smoothing, [f"Row {row} of confusion" for row in range(len(counts))])


def _normalized(
    counts: NDArray[np.number], smoothing: float, row_names: list[str]
) -> NDArray[np.float64]:
    smoothed = counts + check_number(smoothing, "smoothing", "[0, inf)")
    totals = smoothed.sum(axis=1, keepdims=True)
    empty = np.flatnonzero(totals == 0)
    if len(empty):
        raise ValueError(
            f"{row_names[empty[0]]} has no clean example, so its row of T is unknown. Pass "
            f"smoothing > 0 for a uniform row, or leave the class out. {SEE_ERRORS}"
        )
    return smoothed / totals
