"""Label smoothing of either sign, and its case that is the limit of diluted noise."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, check_batch, check_in, pick, reduce_losses


def label_smoothing_loss(
    logits: Tensor,
    target: Tensor,
    rate: float = 0.1,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy with the target ``(1 - r) * onehot(y) + r / K``; r may be negative.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``, K classes.
    target : Tensor of shape (n,)
        Class indices y.
    rate : float <= 1, default=0.1
        Smoothing rate r. Zero is cross-entropy. A negative rate pushes the other classes down,
        as the backward correction of symmetric noise does, and has no lower bound.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``.

    Raises
    ------
    ValueError
        If `rate` is above 1 or not finite, shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

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
    >>> logits, target = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    >>> label_smoothing_loss(logits, target, rate=0.2)
    tensor(0.3269)
    >>> label_smoothing_loss(logits, target, rate=-0.2)
    tensor(-0.0731)
    """
    logits, target = check_batch(logits, target)
    losses = _smoothed(logits, target, _check_rate(rate))
    return reduce_losses(losses, sample_weight, reduction)


def h_alpha_loss(
    logits: Tensor,
    target: Tensor,
    alpha: float = 1.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy diluted with alpha uniformly labelled examples per clean one.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``, K classes.
    target : Tensor of shape (n,)
        Class indices y.
    alpha : float >= 0, default=1.0
        Noisy examples per clean one. Zero is cross-entropy.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``.

    Raises
    ------
    ValueError
        If `alpha` is negative or not finite, shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    ``-log p_y / (1 + alpha) - alpha / (K (1 + alpha)) sum_k log p_k``: what a batch without limit
    would see, and :func:`label_smoothing_loss` at the rate ``alpha / (1 + alpha)``.

    References
    ----------
    .. [1] Rolnick, Veit, Belongie, Shavit, "Deep Learning is Robust to Massive Label Noise", 2017.

    Examples
    --------
    >>> import torch
    >>> h_alpha_loss(torch.tensor([[2.0, 0.0]]), torch.tensor([0]), alpha=0.25)
    tensor(0.3269)
    """
    logits, target = check_batch(logits, target)
    losses = _smoothed(logits, target, _rate_of_dilution(alpha))
    return reduce_losses(losses, sample_weight, reduction)


@final
class LabelSmoothingLoss(Criterion):
    """Criterion of :func:`label_smoothing_loss`.

    Parameters
    ----------
    rate : float <= 1, default=0.1
        Smoothing rate; may be negative.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `rate` is above 1 or not finite.

    Examples
    --------
    >>> import torch
    >>> LabelSmoothingLoss(rate=0.2)(torch.tensor([[2.0, 0.0]]), torch.tensor([0]))
    tensor(0.3269)
    """

    def __init__(self, rate: float = 0.1, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.rate = _check_rate(rate)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _smoothed(logits, target, self.rate)


@final
class HAlphaLoss(Criterion):
    """Criterion of :func:`h_alpha_loss`.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Noisy examples per clean one.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `alpha` is negative or not finite.

    Examples
    --------
    >>> import torch
    >>> HAlphaLoss(alpha=0.25)(torch.tensor([[2.0, 0.0]]), torch.tensor([0]))
    tensor(0.3269)
    """

    def __init__(self, alpha: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self._rate = _rate_of_dilution(alpha)
        self.alpha = alpha

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _smoothed(logits, target, self._rate)


def _smoothed(logits: Tensor, target: Tensor, rate: float) -> Tensor:
    log_proba = torch.log_softmax(logits, dim=1)
    return (rate - 1) * pick(log_proba, target) - rate * log_proba.mean(dim=1)


def _check_rate(rate: float) -> float:
    return check_in("rate", rate, -torch.finfo(torch.float32).max, 1)


def _rate_of_dilution(alpha: float) -> float:
    return check_in("alpha", alpha, 0, torch.finfo(torch.float32).max) / (1 + alpha)
