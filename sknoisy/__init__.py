"""scikit-learn-compatible deep learning from noisy labels."""

from . import _skops, annotators, calibration, callbacks, losses, metrics, modules, noise
from ._classifiers import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
)
from ._estimation import GroupTransitionMatrixEstimator, TransitionMatrixEstimator
from ._net import make_net

__version__ = "0.2.0"

_skops.support_skops()

__all__ = [
    "BackwardCorrectedClassifier",
    "ForwardCorrectedClassifier",
    "GroupTransitionMatrixEstimator",
    "ReweightedClassifier",
    "RobustLossClassifier",
    "TransitionMatrixEstimator",
    "annotators",
    "calibration",
    "callbacks",
    "losses",
    "make_net",
    "metrics",
    "modules",
    "noise",
]
