"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._defaults import default_classifier
from ._estimator import TransitionMatrixEstimator
from ._group_estimator import GroupTransitionMatrixEstimator
from ._noise_groups import NoiseGroups, read_noise_groups
from ._parameters import check_learning
from ._posteriors import CrossFit, class_posteriors
from ._trusted import TrustedLabels, read_trusted_labels

__all__ = [
    "CrossFit",
    "GroupTransitionMatrixEstimator",
    "NoiseGroups",
    "TransitionMatrixEstimator",
    "TrustedLabels",
    "check_learning",
    "class_posteriors",
    "default_classifier",
    "read_noise_groups",
    "read_trusted_labels",
]
