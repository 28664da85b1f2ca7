"""Label smoothing of either sign, and its case that is the limit of diluted noise."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, pick


@final
class LabelSmoothingLoss(Criterion):
    """Cross-entropy with the target ``(1 - r) * onehot(y) + r / K``; r may be negative.

    Parameters
    ----------
    rate : float in [-3.4e38, 1], default=0.1
        Smoothing rate r. Zero is cross-entropy. A negative rate pushes the other classes down,
        as the backward correction of symmetric noise does.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    HAlphaLoss : Smoothing stated as uniform labels per clean one.
    BootstrapSoftLoss : Mixes the posterior into the target.

    Notes
    -----
    ``-(1 - r) log p_y - r / K sum_k log p_k``. For noise that is uniform over all K classes at
    rate e, the rate ``r = -e / (1 - e)`` gives the backward correction.

    References
    ----------
    .. [1] Wei, Liu, Liu, Niu, Sugiyama, Liu, "To Smooth or Not? When Label Smoothing Meets Noisy
       Labels", ICML 2022.

    Examples
    --------
    >>> import torch
    >>> logits, y = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    >>> LabelSmoothingLoss(rate=0.2)(logits, y)
    tensor(0.3269)
    >>> LabelSmoothingLoss(rate=-0.2)(logits, y)
    tensor(-0.0731)
    """

    def __init__(self, rate: float = 0.1, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.rate = check_number(rate, "rate", "[-3.4e38, 1]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return _smoothed(logits, labels, self.rate)


@final
class HAlphaLoss(Criterion):
    """Cross-entropy diluted with alpha uniformly labelled examples per clean one.

    Parameters
    ----------
    alpha : float in [0, 3.4e38], default=1.0
        Noisy examples per clean one. Zero is cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    sknoisy.noise.dilute : Dilutes a data set instead of the loss.
    LabelSmoothingLoss : The same target for all examples, by another parameter.

    Notes
    -----
    ``-log p_y / (1 + alpha) - alpha / (K (1 + alpha)) sum_k log p_k``: what a batch without limit
    would see, and :class:`LabelSmoothingLoss` at the rate ``alpha / (1 + alpha)``.

    References
    ----------
    .. [1] Rolnick, Veit, Belongie, Shavit, "Deep Learning is Robust to Massive Label Noise", 2017.

    Examples
    --------
    >>> import torch
    >>> HAlphaLoss(alpha=0.25)(torch.tensor([[2.0, 0.0]]), torch.tensor([0]))
    tensor(0.3269)
    """

    def __init__(self, alpha: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.alpha = check_number(alpha, "alpha", "[0, 3.4e38]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return _smoothed(logits, labels, self.alpha / (1 + self.alpha))


def _smoothed(logits: Tensor, labels: Tensor, rate: float) -> Tensor:
    log_proba = torch.log_softmax(logits, dim=1)
    return (rate - 1) * pick(log_proba, labels) - rate * log_proba.mean(dim=1)
