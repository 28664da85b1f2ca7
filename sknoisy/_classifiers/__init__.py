"""The classifiers: one abstract base that trains a net, one that adds T, and the final ones."""

from ._corrected import BackwardCorrectedClassifier, ForwardCorrectedClassifier
from ._reweighted import ReweightedClassifier
from ._robust_loss import RobustLossClassifier

__all__ = [
    "BackwardCorrectedClassifier",
    "ForwardCorrectedClassifier",
    "ReweightedClassifier",
    "RobustLossClassifier",
]
