"""Forward correction: the network's prediction goes through the noise before it meets the label."""

from __future__ import annotations

import math
from typing import Any, final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, pick
from ._base_losses import BaseLoss, check_base_loss, squared_errors, vector_of_losses
from ._matrix import (
    Constant,
    MatrixLike,
    as_transition_matrices,
    noisy_posteriors,
    rows_in_stack,
    stacked_columns,
)

# With no entry of T below this, the sum over the clean classes of ``T[i, y] exp(h_i - max h)`` is
# at least as large, and cannot underflow.
SMALLEST = 1e-20
# What an impossible label costs: finite, so that it cannot turn a batch into NaN.
LOG_IMPOSSIBLE = math.log(torch.finfo(torch.float32).tiny)


@final
class ForwardLoss(Criterion):
    """Forward-corrected loss: compare the noisy label with ``softmax(h) @ T``.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1. May hold zeros. A label whose
        column is all zero is impossible; it costs a large constant and moves nothing. Of a stack
        the field `matrix` of a :class:`Target` says which one an example goes through.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss to correct. For the minimiser to be the clean posterior it must be proper.
        A callable takes the log-probabilities of the noisy labels, of shape (n, n_classes), and
        returns the loss of each label, same shape. These log-probabilities are kept above half
        the logarithm of the smallest normal number (-43.7 in single precision).
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    Raises
    ------
    ValueError
        If T is not row-stochastic, or a name is unknown; when called, if the logits have not as
        many columns as T.

    See Also
    --------
    BackwardLoss : An unbiased estimate of the clean loss, by the inverse of T.
    ImportanceReweightingLoss : Weights the examples instead.
    sknoisy.ForwardCorrectedClassifier : The classifier that trains with it.

    Notes
    -----
    With ``q = p @ T``, the noisy posterior, and ``p = softmax(h)``,

    - cross-entropy: ``-log q[y]``, as ``logsumexp(h) - logsumexp(h + log T[:, y])``, which
      neither under- nor overflows and needs column y of T only;
    - squared error: ``sum_k (q_k - 1[k = y])^2``.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 4.2 and Theorem 2.

    Examples
    --------
    >>> import torch
    >>> criterion = ForwardLoss([[0.8, 0.2], [0.0, 1.0]], reduction="none")
    >>> criterion(torch.tensor([[9.0, -9.0], [9.0, -9.0]]), torch.tensor([0, 1]))
    tensor([0.2231, 1.6094])
    """

    needs_transition_matrix = True

    def __init__(
        self,
        transition_matrix: MatrixLike,
        base_loss: BaseLoss = "cross_entropy",
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.transition_matrix = transition_matrix
        self.base_loss = check_base_loss(base_loss)
        matrices = as_transition_matrices(transition_matrix)
        self._takes_log = bool(matrices.min() < SMALLEST)
        if base_loss == "cross_entropy":
            # Row y of the transpose is column y of T: contiguous, so that a batch is one gather.
            columns_of = log_columns if self._takes_log else stacked_columns
            matrices = columns_of(matrices).contiguous()
        self._constant = Constant(matrices)

    @property
    def is_log_loss(self) -> bool:
        return bool(self.base_loss == "cross_entropy")

    def loss(self, logits: Tensor, labels: Tensor, matrix: Tensor | None = None) -> Tensor:
        constant = self._constant.like(logits)
        if self.base_loss == "cross_entropy":
            rows = rows_in_stack(labels, matrix, constant)
            return minus_log_noisy_proba(logits, rows, constant, self._takes_log)
        noisy_proba = noisy_posteriors(torch.softmax(logits, dim=1), constant, matrix)
        if self.base_loss == "squared_error":
            return squared_errors(noisy_proba, labels)
        # The floor is a square root so that 1 / q in the gradient cannot overflow either.
        floor = torch.finfo(noisy_proba.dtype).tiny ** 0.5
        # Log after mixing: log(p @ T) is not log(p) @ T.
        log_proba = noisy_proba.clamp_min(floor).log()
        return pick(vector_of_losses(self.base_loss, log_proba), labels)


def log_columns(matrices: Tensor) -> Tensor:
    """Return the logarithm of `stacked_columns`, finite where a whole column is zero."""
    columns = stacked_columns(matrices).log()
    columns[torch.isneginf(columns).all(dim=1)] = LOG_IMPOSSIBLE
    return columns.contiguous()


def minus_log_noisy_proba(
    logits: Tensor, rows: Tensor, T_columns: Tensor, takes_log: bool = True
) -> Tensor:
    """Return ``-log (softmax(h) @ T)[y]`` of each example, from its row of the columns of T.

    With `takes_log` these are logarithms, which a T with zeros needs; else all are positive.
    """
    losses: Tensor = _MinusLogNoisyProba.apply(logits, rows, T_columns, takes_log)
    return losses


class _MinusLogNoisyProba(torch.autograd.Function):
    """``logsumexp_i(h_i) - logsumexp_i(h_i + log T[i, y])`` with its gradient ``p - w``.

    ``w = p * T[:, y] / q[y]`` is the posterior of the clean label given the noisy one. Both sums
    are kept for it, which autograd would not know to do: it takes twice as long and more. With
    few classes the number of operations is what counts, so it is as small as it can be.
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, rows: Tensor, T_columns: Tensor, takes_log: bool
    ) -> Tensor:
        lead = logits - logits.amax(dim=1, keepdim=True)
        joint = T_columns.index_select(0, rows)
        if takes_log:
            clean = lead.exp()
            joint.add_(lead)
            # A maximum of its own: with zeros in T the winners of the two sums may be far apart.
            largest = joint.amax(dim=1, keepdim=True)
            joint.sub_(largest).exp_()
        else:
            clean = lead.exp_()
            joint.mul_(clean)
        clean_total = clean.sum(dim=1, keepdim=True)
        # With logarithms both sums are between 1 and n_classes: their ratio is precise.
        ratio = clean_total / joint.sum(dim=1, keepdim=True)
        ctx.takes_log = takes_log
        ctx.save_for_backward(logits, rows, T_columns, clean, clean_total, joint, ratio)
        losses = ratio.log()
        return (losses.sub_(largest) if takes_log else losses).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None, None]:
        logits, rows, T_columns, clean, clean_total, joint, ratio = ctx.saved_tensors
        grad = grad_outputs[0].unsqueeze(1)
        if torch.is_grad_enabled():
            # A second derivative is wanted: start from the logits, which autograd knows.
            log_T = T_columns.index_select(0, rows)
            log_T = log_T if ctx.takes_log else log_T.log()
            difference = torch.softmax(logits, dim=1) - torch.softmax(logits + log_T, dim=1)
            return difference * grad, None, None, None
        return clean.addcmul(joint, ratio, value=-1).mul_(grad / clean_total), None, None, None
