"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._estimator import TransitionMatrixEstimator
from ._groups import GroupTransitionMatrixEstimator, encode_groups
from ._parameters import check_kept
from ._trusted import TrustedLabels, read_trusted_labels

__all__ = [
    "GroupTransitionMatrixEstimator",
    "TransitionMatrixEstimator",
    "TrustedLabels",
    "check_kept",
    "encode_groups",
    "read_trusted_labels",
]
