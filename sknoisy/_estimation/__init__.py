"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._estimator import TransitionMatrixEstimator
from ._groups import GroupTransitionMatrixEstimator, encode_groups
from ._parameters import check_kept

__all__ = [
    "GroupTransitionMatrixEstimator",
    "TransitionMatrixEstimator",
    "check_kept",
    "encode_groups",
]
