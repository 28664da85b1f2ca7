"""Several labels for each row: shares of the classes, or a set of candidates."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ._checks import check_numbers, check_weights
from ._hints import SEE_ERRORS
from ._labels import check_classes, check_same_length, encode_labels, show_labels

# Shares in single precision miss 1 by less.
SUM_TOLERANCE = 1e-3


class SoftLabels(NamedTuple):
    """Shares of shape (n_samples, n_classes), rows of sum 1, and the classes of the columns."""

    shares: NDArray[np.float64]
    classes: NDArray[Any]


def is_soft(y: Any) -> bool:
    """Whether labels come as a table of numbers of several columns, one for each class."""
    if sparse.issparse(y):
        return y.shape[1] > 1
    if hasattr(y, "shape") and len(y.shape) != 2:
        return False
    try:
        table = np.asarray(y)
    except (TypeError, ValueError, RuntimeError):  # Lists of different lengths.
        return False
    return table.ndim == 2 and table.shape[1] > 1 and _holds_numbers(table)


def _holds_numbers(table: Any) -> bool:
    if table.dtype.kind != "O":
        return table.dtype.kind in "biuf"
    kinds = set(map(type, table.ravel().tolist()))
    return all(issubclass(kind, int | float | np.number | np.bool_) for kind in kinds)


def are_candidates(y: Any) -> bool:
    """Whether labels that are soft, as of `is_soft`, mark sets of candidates.

    That is a table of booleans in which not every row marks one class: where each does, both
    readings agree.
    """
    table = np.asarray(y.toarray() if sparse.issparse(y) else y)
    if table.dtype.kind == "O":
        kinds = set(map(type, table.ravel().tolist()))
        table = table.astype(bool) if kinds <= {bool, np.bool_} else table
    return table.dtype.kind == "b" and bool((table.sum(axis=1) != 1).any())


def read_candidate_sets(y: Any, classes: ArrayLike | int | None = None) -> SoftLabels:
    """Check sets of candidates; each of a set gets the same share.

    Columns are as in :func:`read_soft_labels`. Raises ValueError if a set is empty.

    Examples
    --------
    >>> read_candidate_sets([[True, True], [True, False]]).shares
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    marks, order = _in_order(y, classes, "y")
    sizes = marks.sum(axis=1)
    if not sizes.all():
        row = int((sizes == 0).argmax())
        raise ValueError(
            f"Each row of y must mark a class at least, the candidates for its label; row {row} "
            f"marks none ({int((sizes == 0).sum())} such rows). Leave them out, or mark every "
            f"class of a row of which nothing is known. {SEE_ERRORS}"
        )
    return SoftLabels(np.asarray(marks / sizes[:, None]), order)


def read_soft_labels(
    y: Any, classes: ArrayLike | int | None = None, *, name: str = "y"
) -> SoftLabels:
    """Check soft labels; the columns come in the order of `classes`.

    The columns of a frame name their classes, in any order, and classes without a column have no
    share. Those of an array are `classes`, by default 0, 1, .... Raises ValueError if a row does
    not sum to 1, a share is negative or NaN, or the columns do not fit the classes.

    Examples
    --------
    >>> read_soft_labels([[0.2, 0.8], [1.0, 0.0]], ["no", "yes"]).shares
    array([[0.2, 0.8],
           [1. , 0. ]])
    """
    if are_candidates(y):
        raise ValueError(
            f"{name} marks candidates, True where the label of a row may be the right one. Only "
            f'RobustLossClassifier(loss="cross_entropy") and ForwardCorrectedClassifier are fitted '
            f"to these. Pass one label per row, or shares of the classes. {SEE_ERRORS}"
        )
    shares, order = _in_order(y, classes, name)
    return SoftLabels(_checked_shares(shares, name), order)


def _in_order(
    y: Any, classes: ArrayLike | int | None, name: str
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """A table of numbers with its columns in the order of the classes, and these."""
    names = getattr(y, "columns", None)
    values = y.toarray() if sparse.issparse(y) else y
    shares = check_numbers(values, name, "(n_samples, n_classes)")
    order = None if classes is None else check_classes(classes)
    if names is None:
        order = np.arange(shares.shape[1]) if order is None else order
        if len(order) != shares.shape[1]:
            raise ValueError(
                f"{name} must have one column for each of the classes {show_labels(order)}; got "
                f"{shares.shape[1]} columns. A frame whose columns name the classes may lack some."
                f" {SEE_ERRORS}"
            )
    else:
        labels = check_classes(np.asarray(names), f"The columns of {name}")
        order = np.sort(labels) if order is None else order
        place = {label: k for k, label in enumerate(order.tolist())}
        unknown = [label for label in labels.tolist() if label not in place]
        if unknown:
            raise ValueError(
                f"{name} has columns {show_labels(unknown)}, which are not among the classes "
                f"{show_labels(order)}. The columns of a frame must name the classes."
                f" {SEE_ERRORS}"
            )
        complete = np.zeros((len(shares), len(order)))
        complete[:, [place[label] for label in labels.tolist()]] = shares
        shares = complete
    return shares, order


def soft_accuracy(
    y: Any, predicted: NDArray[Any], classes: NDArray[Any], sample_weight: Any = None
) -> float:
    """Mean share of the predicted classes, or how often they are candidates; with weights."""
    if are_candidates(y):
        shares = (read_candidate_sets(y, classes).shares > 0).astype(np.float64)
    else:
        shares = read_soft_labels(y, classes).shares
    check_same_length(X=predicted, y=shares)
    weights = None if sample_weight is None else check_weights(sample_weight, len(shares))
    columns = encode_labels(predicted, classes).codes
    return float(np.average(shares[np.arange(len(shares)), columns], weights=weights))


def _checked_shares(shares: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if not len(shares):
        raise ValueError(
            f"{name} must hold at least one row of shares; got an empty array. {SEE_ERRORS}"
        )
    wrong = ~np.isfinite(shares) | (shares < 0)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"{name} must hold shares >= 0 of the classes; got {shares[row, column]} in row {row} "
            f"({int(wrong.any(axis=1).sum())} such rows). Leave out rows without a label."
            f" {SEE_ERRORS}"
        )
    sums = shares.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(off.argmax())
        raise ValueError(
            f"The rows of {name} must sum to 1, shares of the classes; row {row} sums to "
            f"{sums[row]:.6g} ({int(off.sum())} such rows). Divide votes by their number, "
            f"y / y.sum(axis=1, keepdims=True), and leave out rows without any. If the columns are "
            f"labels by several annotators, see sknoisy.annotators; of several labels in a row "
            f"(multi-label) fit one classifier for each. {SEE_ERRORS}"
        )
    return np.asarray(shares / sums[:, None])
