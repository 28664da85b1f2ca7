"""Forward correction: the network's prediction goes through the noise before it meets the label."""

from __future__ import annotations

import math
from typing import Any, final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, pick
from ._base_losses import BaseLoss, VectorLoss, check_base_loss, squared_errors, vector_of_losses
from ._matrix import Constant, MatrixLike, check_n_classes
from ._stack import as_transition_matrices, noisy_posteriors, rows_in_stack, stacked_columns


def forward_loss(
    logits: Tensor,
    target: Tensor,
    transition_matrix: MatrixLike,
    *,
    base_loss: BaseLoss = "cross_entropy",
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    r"""Forward-corrected loss: compare the noisy label with ``softmax(h) @ T``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; their softmax p is the clean posterior.
    target : Tensor of shape (n,)
        Indices y of the noisy labels.
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1. May hold zeros. A label whose
        column is all zero is impossible; it costs a large constant and moves nothing. Of a
        stack the first is taken.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss to correct. For the minimiser to be the clean posterior it must be proper.
        A callable takes the log-probabilities of the noisy labels, of shape (n, n_classes), and
        returns the loss of each label, same shape. These log-probabilities are kept above half
        the logarithm of the smallest normal number (-43.7 in single precision).
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
        If T is not row-stochastic or not of the logits' size, shapes do not fit, or a name is
        unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    With ``q = p @ T``, the noisy posterior,

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
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> logits = torch.tensor([[9.0, -9.0], [9.0, -9.0]])
    >>> forward_loss(logits, torch.tensor([0, 1]), T, reduction="none")
    tensor([0.2231, 1.6094])
    """
    return ForwardLoss(transition_matrix, base_loss, reduction)(logits, (target, sample_weight))


@final
class ForwardLoss(Criterion):
    """Criterion of :func:`forward_loss`.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1. Of several
        matrices, the field `matrix` of a :class:`Target` says which one an example goes through.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss to correct; a callable maps log-probabilities (n, n_classes) to losses.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If T is not row-stochastic, or a name is unknown.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 4.2 and Theorem 2.

    Examples
    --------
    >>> import torch
    >>> criterion = ForwardLoss([[0.8, 0.2], [0.2, 0.8]])
    >>> criterion(torch.tensor([[9.0, -9.0]]), torch.tensor([1]))
    tensor(1.6094)
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
        self._is_positive = bool(matrices.min() >= _SMALLEST)
        self._n_classes = matrices.shape[-1]
        if base_loss == "cross_entropy":
            # Row y of the transpose is column y of T: contiguous, so that a batch is one gather.
            columns_of = stacked_columns if self._is_positive else log_columns
            matrices = columns_of(matrices).contiguous()
        self._constant = Constant(matrices)

    def loss(self, logits: Tensor, labels: Tensor, matrix: Tensor | None = None) -> Tensor:
        check_n_classes(logits, self._n_classes)
        constant = self._constant.like(logits)
        if self.base_loss == "cross_entropy":
            rows = rows_in_stack(labels, matrix, self._n_classes)
            if self._is_positive:
                losses: Tensor = _MinusLogOfPositive.apply(logits, rows, constant)
                return losses
            return minus_log_noisy_proba(logits, rows, constant)
        noisy_proba = noisy_posteriors(torch.softmax(logits, dim=1), constant, matrix)
        if self.base_loss == "squared_error":
            return squared_errors(noisy_proba, labels)
        return _of_callable(self.base_loss, noisy_proba, labels)


def _of_callable(base_loss: VectorLoss | str, noisy_proba: Tensor, target: Tensor) -> Tensor:
    assert callable(base_loss)
    # The floor is a square root so that 1 / q in the gradient cannot overflow either.
    floor = torch.finfo(noisy_proba.dtype).tiny ** 0.5
    # Log after mixing: log(p @ T) is not log(p) @ T.
    log_proba = noisy_proba.clamp_min(floor).log()
    return pick(vector_of_losses(base_loss, log_proba), target)


# With no entry of T below this, the sum over the clean classes of ``T[i, y] exp(h_i - max h)`` is
# at least as large, and cannot underflow.
_SMALLEST = 1e-20
# What an impossible label costs: finite, so that it cannot turn a batch into NaN.
_LOG_IMPOSSIBLE = math.log(torch.finfo(torch.float32).tiny)


def log_columns(matrices: Tensor) -> Tensor:
    """Return ``log T`` transposed, of one T or of a stack: row y holds column y of T."""
    columns = stacked_columns(matrices).log()
    columns[torch.isneginf(columns).all(dim=1)] = _LOG_IMPOSSIBLE
    return columns.contiguous()


def minus_log_noisy_proba(logits: Tensor, rows: Tensor, log_T_columns: Tensor) -> Tensor:
    """Return ``-log (softmax(h) @ T)[y]`` of each example; its row is ``log T[:, y]``."""
    result: Tensor = _MinusLogNoisyProba.apply(logits, rows, log_T_columns)
    return result


class _MinusLogNoisyProba(torch.autograd.Function):
    """``logsumexp_i(h_i) - logsumexp_i(h_i + log T[i, y])`` with its gradient ``p - w``.

    ``w = p * T[:, y] / q[y]`` is the posterior of the clean label given the noisy one. Both sums
    are kept for it, which autograd would not know to do: it takes twice as long and more. With
    few classes the number of operations is what counts, so it is as small as it can be.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, rows: Tensor, log_T_columns: Tensor) -> Tensor:
        lead = logits - logits.amax(dim=1, keepdim=True)
        clean = lead.exp()
        clean_total = clean.sum(dim=1, keepdim=True)
        joint = log_T_columns.index_select(0, rows).add_(lead)
        # A maximum of its own: with zeros in T the winners of the two sums may be far apart.
        largest = joint.amax(dim=1, keepdim=True)
        joint.sub_(largest).exp_()
        # Both are between 1 and n_classes, so that the logarithm of their ratio is precise.
        ratio = clean_total / joint.sum(dim=1, keepdim=True)
        ctx.save_for_backward(logits, rows, log_T_columns, clean, clean_total, joint, ratio)
        return ratio.log().sub_(largest).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        logits, rows, log_T_columns, clean, clean_total, joint, ratio = ctx.saved_tensors
        grad = grad_outputs[0].unsqueeze(1)
        if torch.is_grad_enabled():
            # Somebody differentiates twice: start from the logits, which autograd knows.
            joint = torch.softmax(logits + log_T_columns.index_select(0, rows), dim=1)
            return (torch.softmax(logits, dim=1) - joint) * grad, None, None
        return clean.addcmul(joint, ratio, value=-1).mul_(grad / clean_total), None, None


class _MinusLogOfPositive(torch.autograd.Function):
    """The same of a T without zeros, by fewer operations: its logarithm is not needed."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, rows: Tensor, T_columns: Tensor) -> Tensor:
        clean = (logits - logits.amax(dim=1, keepdim=True)).exp_()
        clean_total = clean.sum(dim=1, keepdim=True)
        joint = T_columns.index_select(0, rows).mul_(clean)
        ratio = clean_total / joint.sum(dim=1, keepdim=True)
        ctx.save_for_backward(logits, rows, T_columns, clean, clean_total, joint, ratio)
        return ratio.log().squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        logits, rows, T_columns, clean, clean_total, joint, ratio = ctx.saved_tensors
        grad = grad_outputs[0].unsqueeze(1)
        if torch.is_grad_enabled():
            # Somebody differentiates twice: start from the logits, which autograd knows.
            log_joint = logits + T_columns.index_select(0, rows).log()
            difference = torch.softmax(logits, dim=1) - torch.softmax(log_joint, dim=1)
            return difference * grad, None, None
        return clean.addcmul(joint, ratio, value=-1).mul_(grad / clean_total), None, None
