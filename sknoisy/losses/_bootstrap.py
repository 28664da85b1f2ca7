"""Bootstrapping: the label is mixed with what the network itself predicts."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, cross_entropies, pick


@final
class BootstrapSoftLoss(Criterion):
    """Soft bootstrapping: cross-entropy with the target ``beta * onehot(y) + (1 - beta) * p``.

    Parameters
    ----------
    beta : float in [0, 1], default=0.95
        Trust in the label; 1 is cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    BootstrapHardLoss : Mixes the predicted class instead of the posterior.

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
    >>> BootstrapSoftLoss()(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(2.0388)
    """

    def __init__(self, beta: float = 0.95, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.beta = check_number(beta, "beta", "[0, 1]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        log_proba = torch.log_softmax(logits, dim=1)
        negative_entropy = (log_proba.exp() * log_proba).sum(dim=1)
        return -self.beta * pick(log_proba, labels) - (1 - self.beta) * negative_entropy


@final
class BootstrapHardLoss(Criterion):
    """Hard bootstrapping: the target ``beta * onehot(y) + (1 - beta) * onehot(argmax p)``.

    Parameters
    ----------
    beta : float in [0, 1], default=0.8
        Trust in the label; 1 is cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    BootstrapSoftLoss : Mixes the posterior instead of the predicted class.

    Notes
    -----
    ``-beta log p_y - (1 - beta) max_k log p_k``, eq. (7) of the article on
    :class:`BootstrapSoftLoss`.

    Examples
    --------
    >>> import torch
    >>> BootstrapHardLoss()(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(1.7269)
    """

    def __init__(self, beta: float = 0.8, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.beta = check_number(beta, "beta", "[0, 1]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        given = cross_entropies(logits, labels)
        predicted = cross_entropies(logits, logits.argmax(dim=1))
        return self.beta * given + (1 - self.beta) * predicted
