"""Savage loss: a margin loss that gives up on examples far on the wrong side."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, check_batch, check_choice, reduce_losses
from ._margin import CODINGS, Coding, margins_of


def savage_loss(
    logits: Tensor,
    target: Tensor,
    *,
    coding: Coding = "one_vs_rest",
    softmax: bool = False,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Savage loss, ``phi(m) = 1 / (1 + exp(2 m))^2``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs.
    target : Tensor of shape (n,)
        Class indices y.
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0 as in the code of [2]_.
    softmax : bool, default=False
        Whether the scores s are ``softmax(logits)`` instead of the logits. With
        ``coding="one_hot"`` it is the loss in the code of [2]_.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``: the mean of phi over the classes.

    Raises
    ------
    ValueError
        If a name is unknown, or shapes do not fit.
    TypeError
        If `target` does not hold integers.

    References
    ----------
    .. [1] Masnadi-Shirazi, Vasconcelos, "On the Design of Loss Functions for Classification:
       Theory, Robustness to Outliers, and SavageBoost", NIPS 2009.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.

    Examples
    --------
    >>> import torch
    >>> savage_loss(torch.tensor([[0.0, 0.0]]), torch.tensor([0]))
    tensor(0.2500)
    """
    logits, target = check_batch(logits, target)
    return reduce_losses(_savage(logits, target, coding, softmax), sample_weight, reduction)


@final
class SavageLoss(Criterion):
    """Criterion of :func:`savage_loss`.

    Parameters
    ----------
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0.
    softmax : bool, default=False
        Whether the scores s are ``softmax(logits)`` instead of the logits.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `coding` is unknown.

    Examples
    --------
    >>> import torch
    >>> SavageLoss()(torch.tensor([[0.0, 0.0]]), torch.tensor([0]))
    tensor(0.2500)
    """

    def __init__(
        self,
        coding: Coding = "one_vs_rest",
        softmax: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_choice("coding", coding, CODINGS)
        self.coding: Coding = coding
        self.softmax = softmax

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _savage(logits, target, self.coding, self.softmax)


def _savage(logits: Tensor, target: Tensor, coding: Coding, softmax: bool) -> Tensor:
    scores = torch.softmax(logits, dim=1) if softmax else logits
    return torch.sigmoid(-2 * margins_of(scores, target, coding)).square().mean(dim=1)
