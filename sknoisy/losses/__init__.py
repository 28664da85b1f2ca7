"""Losses for noisy labels: pure functions of logits and labels, and criteria on them.

Networks return logits of shape (n, n_classes); labels are class indices of shape (n,);
``T[i, j] = P(noisy = j | clean = i)``. `LOSSES` finds a criterion by its name:

>>> import torch
>>> criterion = LOSSES["gce"](q=0.5)
>>> criterion(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
tensor(1.)
"""

from ._active_passive import ActivePassiveLoss, active_passive_loss
from ._backward import BackwardLoss, backward_loss
from ._base import Criterion
from ._bootstrap import (
    BootstrapHardLoss,
    BootstrapSoftLoss,
    bootstrap_hard_loss,
    bootstrap_soft_loss,
)
from ._early_learning import EarlyLearningLoss, early_learning_loss
from ._eps_softmax import EpsSoftmaxLoss, eps_softmax_loss
from ._forward import ForwardLoss, forward_loss
from ._margin import (
    RampLoss,
    SigmoidLoss,
    UnhingedLoss,
    ramp_loss,
    sigmoid_loss,
    unhinged_loss,
)
from ._reweighting import ImportanceReweightingLoss, importance_reweighting_loss
from ._robust import (
    GCELoss,
    MAELoss,
    SymmetricCrossEntropy,
    gce_loss,
    mae_loss,
    symmetric_cross_entropy_loss,
)
from ._savage import SavageLoss, savage_loss
from ._smoothing import HAlphaLoss, LabelSmoothingLoss, h_alpha_loss, label_smoothing_loss
from ._target import Target
from ._uncorrected import CrossEntropy, cross_entropy_loss

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
    "active_passive_loss",
    "backward_loss",
    "bootstrap_hard_loss",
    "bootstrap_soft_loss",
    "cross_entropy_loss",
    "early_learning_loss",
    "eps_softmax_loss",
    "forward_loss",
    "gce_loss",
    "h_alpha_loss",
    "importance_reweighting_loss",
    "label_smoothing_loss",
    "mae_loss",
    "ramp_loss",
    "savage_loss",
    "sigmoid_loss",
    "symmetric_cross_entropy_loss",
    "unhinged_loss",
]
