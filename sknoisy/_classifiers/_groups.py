"""Groups of rows, each with a T of its own: given, or estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._estimation import (
    GroupTransitionMatrixEstimator,
    TransitionMatrixEstimator,
    check_kept,
    encode_groups,
)
from .._transition import check_transition_matrix, group_transition_matrices
from .._validation import TrainingSet
from ._row_matrices import RowMatrices


def groups_of_rows(
    groups: ArrayLike | None, data: TrainingSet, n_passed: int
) -> NDArray[Any] | None:
    """The group of each row of the training set, from what was passed beside `n_passed` rows."""
    if groups is None:
        return None
    names, which = encode_groups(groups, n_passed)
    return names[which if data.kept is None else which[data.kept]]


def is_by_group(transition_matrix: Any) -> bool:
    """Whether a `transition_matrix` holds one T per group: a dict, or a stack of them."""
    if isinstance(transition_matrix, Mapping):
        return True
    if isinstance(transition_matrix, str) or hasattr(transition_matrix, "fit"):
        return False
    try:
        return np.ndim(transition_matrix) == 3
    except ValueError:  # Ragged: the check of a single T says what is wrong.
        return False


def given_rows(
    transition_matrix: Any, groups: NDArray[Any] | None, classes: NDArray[Any]
) -> RowMatrices:
    """The user's T of each group, for every row.

    Parameters
    ----------
    transition_matrix : dict of array-like, or array-like of shape (n_groups, K, K)
        By the name of the group; or in order, for groups that are numbered from 0.
    groups : ndarray of shape (n_samples,), or None
        The group of each row.
    classes : ndarray of shape (n_classes,)
        Labels.

    Raises
    ------
    ValueError
        If there are no groups, a group has no T, or one is no T.

    Examples
    --------
    >>> import numpy as np
    >>> T = {"A": np.eye(2), "B": [[0.8, 0.2], [0.2, 0.8]]}
    >>> given_rows(T, np.array(["B", "B"]), np.arange(2)).matrices.tolist()
    [[[0.8, 0.2], [0.2, 0.8]]]
    """
    if groups is None:
        raise ValueError(
            "transition_matrix holds one T per group: pass groups= to fit, the group of each row."
        )
    names, which = np.unique(groups, return_inverse=True)
    known = transition_matrix
    if not isinstance(known, Mapping):
        known = dict(enumerate(transition_matrix))
    unknown = [name for name in names.tolist() if name not in known]
    if unknown:
        how = (
            "add them to the dict"
            if isinstance(transition_matrix, Mapping)
            else "number the groups from 0, or pass a dict from names to matrices"
        )
        raise ValueError(
            f"transition_matrix has no T for the groups {unknown}, only for "
            f"{list(known)[:20]}: {how}."
        )
    matrices = [
        check_transition_matrix(known[name], classes=classes, name=f"transition_matrix[{name!r}]")
        for name in names.tolist()
    ]
    return RowMatrices(np.stack(matrices), which)


def estimated_rows(estimator: Any, data: TrainingSet, groups: NDArray[Any]) -> RowMatrices:
    """The T of each group by a fitted estimator, for every row.

    Parameters
    ----------
    estimator : GroupTransitionMatrixEstimator or TransitionMatrixEstimator
        The former was fitted with these groups; the posteriors of the latter are asked here.
    data : TrainingSet
        The rows that it was fitted to.
    groups : ndarray of shape (n_samples,)
        The group of each row.

    Raises
    ------
    TypeError
        If the estimator can do neither.
    """
    names, which = np.unique(groups, return_inverse=True)
    if isinstance(estimator, GroupTransitionMatrixEstimator):
        return RowMatrices(estimator.transition_matrices_, which)
    if not isinstance(estimator, TransitionMatrixEstimator):
        raise TypeError(
            "groups need a T of each group: as transition_matrix pass a dict from groups to "
            "matrices, None, a TransitionMatrixEstimator or a GroupTransitionMatrixEstimator. A "
            "single T, also one that was carried through a Pipeline, is the same for all groups."
        )
    check_kept(estimator, "The T of each group")
    found = group_transition_matrices(
        estimator.noisy_proba_,
        data.y,
        which,
        estimator.transition_matrix_,
        n_groups=len(names),
        sample_weight=data.sample_weight,
    )
    return RowMatrices(found.transition_matrices, which)
