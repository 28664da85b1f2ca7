"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._estimator import TransitionMatrixEstimator
from ._groups import GroupTransitionMatrixEstimator, encode_groups

__all__ = ["GroupTransitionMatrixEstimator", "TransitionMatrixEstimator", "encode_groups"]
