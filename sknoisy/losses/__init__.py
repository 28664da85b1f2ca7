"""Losses for noisy labels: criteria on logits and labels.

Networks return logits of shape (n, n_classes); labels are class indices of shape (n,);
``T[i, j] = P(noisy = j | clean = i)``. A criterion with ``reduction="none"`` is the loss as a
function, one value per example; `LOSSES` finds it by its name:

>>> import torch
>>> GCELoss(q=0.5, reduction="none")(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
tensor([1., 1., 1.])
>>> LOSSES["gce"](q=0.5)(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
tensor(1.)
"""

from ._active_passive import ActivePassiveLoss
from ._backward import BackwardLoss
from ._base import Criterion
from ._bootstrap import BootstrapHardLoss, BootstrapSoftLoss
from ._early_learning import EarlyLearningLoss
from ._eps_softmax import EpsSoftmaxLoss
from ._forward import ForwardLoss
from ._margin import RampLoss, SavageLoss, SigmoidLoss, UnhingedLoss
from ._reweighting import ImportanceReweightingLoss
from ._robust import GCELoss, MAELoss, SymmetricCrossEntropy
from ._smoothing import HAlphaLoss, LabelSmoothingLoss
from ._target import Target
from ._uncorrected import CrossEntropy

LOSSES: dict[str, type[Criterion]] = {
    "active_passive": ActivePassiveLoss,
    "backward": BackwardLoss,
    "bootstrap_hard": BootstrapHardLoss,
    "bootstrap_soft": BootstrapSoftLoss,
    "cross_entropy": CrossEntropy,
    "early_learning": EarlyLearningLoss,
    "eps_softmax": EpsSoftmaxLoss,
    "forward": ForwardLoss,
    "gce": GCELoss,
    "h_alpha": HAlphaLoss,
    "importance_reweighting": ImportanceReweightingLoss,
    "label_smoothing": LabelSmoothingLoss,
    "mae": MAELoss,
    "ramp": RampLoss,
    "savage": SavageLoss,
    "sigmoid": SigmoidLoss,
    "symmetric_cross_entropy": SymmetricCrossEntropy,
    "unhinged": UnhingedLoss,
}

# Written out: type checkers read what a package exports from this list.
__all__ = [
    "LOSSES",
    "ActivePassiveLoss",
    "BackwardLoss",
    "BootstrapHardLoss",
    "BootstrapSoftLoss",
    "Criterion",
    "CrossEntropy",
    "EarlyLearningLoss",
    "EpsSoftmaxLoss",
    "ForwardLoss",
    "GCELoss",
    "HAlphaLoss",
    "ImportanceReweightingLoss",
    "LabelSmoothingLoss",
    "MAELoss",
    "RampLoss",
    "SavageLoss",
    "SigmoidLoss",
    "SymmetricCrossEntropy",
    "Target",
    "UnhingedLoss",
]
