"""A loss between cross-entropy and squared error, as far from the first as the noise asks."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

# The exponent is this times the root of the share of its weight that noise takes from a row.
LARGEST_EXPONENT = 0.5
# Below, the loss is cross-entropy to rounding.
SMALLEST_EXPONENT = 1e-30


def adaptive_losses(logits: Tensor, minus_weights: Tensor, variances: Tensor) -> Tensor:
    """Return the base loss "adaptive" of :class:`BackwardLoss` of each row, of shape (n,).

    `minus_weights` are minus the corrected labels R[y], and `variances` those of R[y] over the
    noisy labels of each class, of one T or of that of each row.
    """
    losses: Tensor = _AdaptiveLosses.apply(logits, minus_weights, variances)
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
    """With its gradient, for which autograd would take twice the operations.

    Notes
    -----
    The loss at label k is ``sum_j p_j^(1 + a) + (1 - p_k^a) / a - p_k^a``, its gradient in the
    logits ``u - p * sum(u)`` with ``u = (1 + a) p^a (p + m)``, m being the weights of the labels.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, minus_weights: Tensor, variances: Tensor) -> Tensor:
        lead, share, total = exponentials(logits)
        proba, log_proba = share.div_(total), lead.sub_(total.log())
        variance = (proba * variances).sum(dim=1, keepdim=True)
        weight = (1 + variance).reciprocal_()
        exponent = variance.mul_(weight).sqrt_().mul_(LARGEST_EXPONENT)
        rate = exponent.clamp_min(SMALLEST_EXPONENT)
        less = torch.expm1(rate * log_proba)  # p^a - 1
        power = less + 1
        ctx.save_for_backward(logits, proba, power, minus_weights, weight, exponent)
        by_label = less.div_(rate).add_(power).mul_(minus_weights)
        return by_label.addcmul_(power, proba).sum(dim=1, keepdim=True).mul_(weight).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        logits, proba, power, minus_weights, weight, exponent = ctx.saved_tensors
        if torch.is_grad_enabled():
            # A second derivative is wanted: start from the logits, which autograd knows.
            log_proba = torch.log_softmax(logits, dim=1)
            proba, power = log_proba.exp(), (exponent * log_proba).exp()
        residual = (proba + minus_weights).mul(power)
        grad = torch.addcmul(residual, proba, residual.sum(dim=1, keepdim=True), value=-1)
        return grad * (weight * (1 + exponent) * grad_outputs[0].unsqueeze(1)), None, None
