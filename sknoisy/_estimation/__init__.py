"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._estimator import TransitionMatrixEstimator
from ._group_estimator import GroupTransitionMatrixEstimator
from ._noise_groups import NoiseGroups, read_noise_groups
from ._trusted import TrustedLabels, read_trusted_labels

__all__ = [
    "GroupTransitionMatrixEstimator",
    "NoiseGroups",
    "TransitionMatrixEstimator",
    "TrustedLabels",
    "read_noise_groups",
    "read_trusted_labels",
]
