"""The transition matrices among which the worst one decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._fitted import find_holder
from .._hints import SEE_ERRORS
from .._label_noise import LabelNoise
from .._transition import check_transition_matrix

Array = NDArray[np.float64]


def is_stack(transition_matrix: Any) -> bool:
    """Whether several matrices were given instead of one."""
    if transition_matrix is None or isinstance(transition_matrix, str):
        return False
    if hasattr(transition_matrix, "fit") or hasattr(transition_matrix, "columns"):
        return False
    try:
        return np.ndim(transition_matrix) == 3
    except ValueError:  # Lists of different lengths.
        return False


def check_stack(transition_matrix: Any, classes: NDArray[Any]) -> Array:
    """Several matrices, each checked."""
    return np.stack([check_transition_matrix(T, classes=classes) for T in transition_matrix])


def plausible_matrices(noise: LabelNoise, classifier: Any, confidence_level: float) -> Array:
    """T, and T with the fewest and the most wrong labels that its interval allows."""
    holder = find_holder(classifier, "transition_matrix_estimator_")
    estimator = noise.estimator
    if estimator is None and noise.source == "estimator" and holder is not None:
        estimator = holder.transition_matrix_estimator_
    estimator = find_holder(estimator, "interval")
    if estimator is None:
        raise ValueError(
            f"noise_confidence_level needs a T with an interval, of a TransitionMatrixEstimator; "
            f"this T is {noise.source!r}. Pass transition_matrix=TransitionMatrixEstimator(), or a "
            f"stack of plausible matrices of shape (n_matrices, n_classes, n_classes). {SEE_ERRORS}"
        )
    lower, upper = estimator.interval(confidence_level)
    T = noise.transition_matrix
    ends = (with_diagonal(T, limits.diagonal()) for limits in (upper, lower))
    return np.stack([T, *ends])


def with_diagonal(transition_matrix: Array, diagonal: Array) -> Array:
    """T with other rates of right labels; wrong ones keep their shares of the rest."""
    K = len(transition_matrix)
    wrong = np.where(np.eye(K, dtype=bool), 0.0, transition_matrix)
    sums = wrong.sum(axis=1, keepdims=True)
    shares = np.divide(wrong, sums, out=(1 - np.eye(K)) / (K - 1), where=sums > 0)
    return np.diag(diagonal) + (1 - diagonal)[:, None] * shares
