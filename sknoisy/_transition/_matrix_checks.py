"""Is this a transition matrix? If not, what is wrong with it?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_numbers
from .._hints import SEE_ERRORS
from .._labels import show_labels
from ._arrays import Array

ROW_SUM_TOLERANCE = 1e-6


def check_transition_matrix(
    transition_matrix: ArrayLike,
    *,
    n_classes: int | None = None,
    classes: ArrayLike | None = None,
    name: str = "transition_matrix",
) -> Array:
    """Return T as a float64 array, or say what is wrong with it.

    A copy. A DataFrame whose index and columns hold the class labels is reordered to `classes`,
    which also set the expected size; `name` is what the caller's user calls the matrix.

    Raises
    ------
    TypeError
        If `transition_matrix` does not hold numbers.
    ValueError
        If it is not a square row-stochastic matrix of the expected size.
    """
    if hasattr(transition_matrix, "columns") and hasattr(transition_matrix, "index"):
        transition_matrix = _reordered(transition_matrix, classes, name)
    T = check_numbers(transition_matrix, name, "(n_classes, n_classes)")
    if T.ndim != 2 or T.shape[0] != T.shape[1] or not T.size:
        raise ValueError(
            f"{name} must be square, of shape (n_classes, n_classes); got shape {T.shape}."
            f" {SEE_ERRORS}"
        )
    _check_size(T, n_classes, classes, name)
    if not np.isfinite(T).all():
        raise ValueError(
            f"{name} must hold finite probabilities; got NaN or infinity. {SEE_ERRORS}"
        )
    if (T < 0).any():
        i, j = np.argwhere(T < 0)[0]
        raise ValueError(
            f"{name} must hold probabilities >= 0; got {T[i, j]:.6g} in row {i}, column {j}."
            f" {SEE_ERRORS}"
        )
    _check_row_sums(T, name)
    return T


def classes_of_frame(transition_matrix: Any) -> Any:
    """The class of each row of a DataFrame, by its index; None for what is none."""
    columns = getattr(transition_matrix, "columns", None)
    return columns if columns is None else getattr(transition_matrix, "index", columns)


def _reordered(frame: Any, classes: ArrayLike | None, name: str) -> Any:
    """Rows and columns of a DataFrame in the order of `classes`, by their labels."""
    if classes is None:
        return frame.to_numpy()
    wanted = list(np.asarray(classes).tolist())
    for axis, labels in (("index", frame.index), ("columns", frame.columns)):
        if sorted(map(repr, labels.tolist())) != sorted(map(repr, wanted)):
            raise ValueError(
                f"The {axis} of the DataFrame {name} must hold the classes {show_labels(wanted)}; "
                f"got {show_labels(labels)}. Pass an array if its order already is that of "
                f"classes_. {SEE_ERRORS}"
            )
    return frame.loc[wanted, wanted].to_numpy()


def _check_size(T: Array, n_classes: int | None, classes: ArrayLike | None, name: str) -> None:
    K = n_classes if classes is None else len(np.asarray(classes))
    if K is None or len(T) == K:
        return
    of_classes = "" if classes is None else f" for the classes {show_labels(classes)}"
    cure = (
        "pass classes= with all labels, so that those absent from y keep their row"
        if len(T) > K
        else "give it one row and one column per class"
    )
    raise ValueError(
        f"{name} must have shape ({K}, {K}){of_classes}; got {T.shape}: {cure}. {SEE_ERRORS}"
    )


def _check_row_sums(T: Array, name: str) -> None:
    if _sums_to_one(T.sum(axis=1)):
        return
    if _sums_to_one(T.sum(axis=0)):
        raise ValueError(
            f"{name} must have rows that sum to 1 (T[i, j] = P(noisy = j | clean = i)); here the "
            f"columns do, but not the rows. Pass its transpose, {name}.T. {SEE_ERRORS}"
        )
    worst = int(np.abs(T.sum(axis=1) - 1).argmax())
    raise ValueError(
        f"{name} must have rows that sum to 1; row {worst} sums to {T[worst].sum():.6g}. "
        f"Divide each row by its sum if it holds counts. {SEE_ERRORS}"
    )


def _sums_to_one(sums: Array) -> bool:
    return bool(np.allclose(sums, 1, rtol=0, atol=ROW_SUM_TOLERANCE))
