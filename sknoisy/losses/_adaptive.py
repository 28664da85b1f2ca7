"""Cross-entropy and squared error of noisy labels, each as far as the noise allows."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

# The share of cross-entropy is the weight of a row to this power.
CROSS_ENTROPY_POWER = 3


def adaptive_losses(logits: Tensor, minus_weights: Tensor, mean_squares: Tensor) -> Tensor:
    """Return the base loss "adaptive" of :class:`BackwardLoss` of each row, of shape (n,).

    `minus_weights` are minus the corrected labels R[y], and `mean_squares` the means of |R[y]|^2
    over the noisy labels of each class, of one T or of that of each row.
    """
    losses: Tensor = _AdaptiveLosses.apply(logits, minus_weights, mean_squares)
    return losses


def exponentials(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the logits less their maximum, the exponentials of these, and their sums."""
    # Less the maximum: a constant added to h then cancels exactly.
    lead = logits - logits.amax(dim=1, keepdim=True)
    # Corrected losses drive logits far apart, and arithmetic is slow where numbers underflow. The
    # floor is a square root, so that no quotient does; beside 1 it counts for nothing.
    share = lead.clamp_min(math.log(torch.finfo(lead.dtype).tiny) / 2).exp_()
    return lead, share, share.sum(dim=1, keepdim=True)


class _AdaptiveLosses(torch.autograd.Function):
    """With its gradient, for which autograd would take twice the operations."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, minus_weights: Tensor, mean_squares: Tensor) -> Tensor:
        lead, share, total = exponentials(logits)
        proba = share.div_(total)
        weight = (proba * mean_squares).sum(dim=1, keepdim=True).reciprocal_()
        of_entropies = weight ** (CROSS_ENTROPY_POWER + 1)
        of_squares = weight - of_entropies
        ctx.save_for_backward(logits, proba, minus_weights, of_entropies, of_squares)
        entropies = total.log().add_((minus_weights * lead).sum(dim=1, keepdim=True))
        squares = (proba * (proba + 2 * minus_weights)).sum(dim=1, keepdim=True).add_(1)
        return (of_entropies * entropies).addcmul_(of_squares, squares).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        logits, proba, minus_weights, of_entropies, of_squares = ctx.saved_tensors
        if torch.is_grad_enabled():
            # A second derivative is wanted: start from the logits, which autograd knows.
            proba = torch.softmax(logits, dim=1)
        residual = proba + minus_weights
        centred = residual - (proba * residual).sum(dim=1, keepdim=True)
        grad = of_entropies * residual + (2 * of_squares) * (proba * centred)
        return grad * grad_outputs[0].unsqueeze(1), None, None
