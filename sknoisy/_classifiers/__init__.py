"""The classifiers: one abstract base that trains a net, one that adds T, and the final ones."""

from ._backward_corrected import BackwardCorrectedClassifier
from ._forward_corrected import ForwardCorrectedClassifier
from ._reweighted import ReweightedClassifier
from ._robust_loss import RobustLossClassifier

__all__ = [
    "BackwardCorrectedClassifier",
    "ForwardCorrectedClassifier",
    "ReweightedClassifier",
    "RobustLossClassifier",
]
