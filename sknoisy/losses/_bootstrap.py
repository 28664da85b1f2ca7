"""Bootstrapping: the label is mixed with what the network itself believes."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_batch, check_in, pick, reduce_losses


def bootstrap_soft_loss(
    logits: Tensor,
    target: Tensor,
    beta: float = 0.95,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Soft bootstrapping: cross-entropy with the target ``beta * onehot(y) + (1 - beta) * p``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    beta : float in [0, 1], default=0.95
        Trust in the label; 1 is cross-entropy.
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
        If `beta` is outside [0, 1], shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    ``-beta log p_y - (1 - beta) sum_k p_k log p_k``: the second term is the entropy of p, and the
    gradient goes through both of its factors.

    References
    ----------
    .. [1] Reed, Lee, Anguelov, Szegedy, Erhan, Rabinovich, "Training Deep Neural Networks on
       Noisy Labels with Bootstrapping", ICLR workshops 2015, eq. (6).

    Examples
    --------
    >>> import torch
    >>> bootstrap_soft_loss(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(2.0388)
    """
    logits, target = check_batch(logits, target)
    losses = _soft(logits, target, check_in("beta", beta, 0, 1))
    return reduce_losses(losses, sample_weight, reduction)


def bootstrap_hard_loss(
    logits: Tensor,
    target: Tensor,
    beta: float = 0.8,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Hard bootstrapping: the target ``beta * onehot(y) + (1 - beta) * onehot(argmax p)``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    beta : float in [0, 1], default=0.8
        Trust in the label; 1 is cross-entropy.
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
        If `beta` is outside [0, 1], shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    ``-beta log p_y - (1 - beta) max_k log p_k``.

    References
    ----------
    .. [1] Reed, Lee, Anguelov, Szegedy, Erhan, Rabinovich, "Training Deep Neural Networks on
       Noisy Labels with Bootstrapping", ICLR workshops 2015, eq. (7).

    Examples
    --------
    >>> import torch
    >>> bootstrap_hard_loss(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(1.7269)
    """
    logits, target = check_batch(logits, target)
    losses = _hard(logits, target, check_in("beta", beta, 0, 1))
    return reduce_losses(losses, sample_weight, reduction)


@final
class BootstrapSoftLoss(Criterion):
    """Criterion of :func:`bootstrap_soft_loss`.

    Parameters
    ----------
    beta : float in [0, 1], default=0.95
        Trust in the label; 1 is cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `beta` is outside [0, 1].

    Examples
    --------
    >>> import torch
    >>> BootstrapSoftLoss()(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(2.0388)
    """

    def __init__(self, beta: float = 0.95, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.beta = check_in("beta", beta, 0, 1)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _soft(logits, target, self.beta)


@final
class BootstrapHardLoss(Criterion):
    """Criterion of :func:`bootstrap_hard_loss`.

    Parameters
    ----------
    beta : float in [0, 1], default=0.8
        Trust in the label; 1 is cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `beta` is outside [0, 1].

    Examples
    --------
    >>> import torch
    >>> BootstrapHardLoss()(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(1.7269)
    """

    def __init__(self, beta: float = 0.8, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.beta = check_in("beta", beta, 0, 1)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _hard(logits, target, self.beta)


def _soft(logits: Tensor, target: Tensor, beta: float) -> Tensor:
    log_proba = torch.log_softmax(logits, dim=1)
    negative_entropy = (log_proba.exp() * log_proba).sum(dim=1)
    return -beta * pick(log_proba, target) - (1 - beta) * negative_entropy


def _hard(logits: Tensor, target: Tensor, beta: float) -> Tensor:
    given = F.cross_entropy(logits, target, reduction="none")
    believed = F.cross_entropy(logits, logits.argmax(dim=1), reduction="none")
    return beta * given + (1 - beta) * believed
