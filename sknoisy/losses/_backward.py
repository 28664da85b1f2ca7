"""Backward correction: undo the noise on the losses, label by label."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from .._checks import check_number
from .._hints import SEE_ERRORS
from ._adaptive import adaptive_losses, exponentials
from ._base import Criterion, Reduction
from ._base_losses import BASE_LOSSES, check_base_loss, vector_of_losses
from ._forward import ForwardLoss
from ._matrix import Constant, MatrixLike, as_transition_matrices, rows_in_stack
from ._target import TargetLike

# Their values depend on the network by more than its errors: they do not say which is better.
NOT_COMPARABLE = ("adaptive", "non_negative")
BACKWARD_BASE_LOSSES = (*BASE_LOSSES, *NOT_COMPARABLE)


@final
class BackwardLoss(Criterion):
    """Backward-corrected loss: an unbiased estimate of the loss at the clean label.

    It may be negative.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1, not singular; one or a stack,
        as in :class:`ForwardLoss`.
    base_loss : {"cross_entropy", "squared_error", "adaptive", "non_negative"} or callable, \
default="cross_entropy"
        The loss to correct. "adaptive" is cross-entropy for rows that the noise leaves alone,
        bounded for the others, and weighs these less. "non_negative" is cross-entropy
        whose part by each clean class is kept from falling below zero. A callable takes the
        log-probabilities ``log_softmax(h)``, of shape (n, n_classes), and returns the loss of
        each possible label, same shape.
    identity_mixing : float in [0, 1], default=0.0
        T is replaced by ``a I + (1 - a) T``, which tames an ill-conditioned T at the price of
        some bias; 1 leaves no correction.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    Raises
    ------
    ValueError
        If T is singular or not row-stochastic, or a parameter is out of range; when called, if
        the logits have not as many columns as T.

    See Also
    --------
    ForwardLoss : Bounded below, without an inverse of T.
    sknoisy.BackwardCorrectedClassifier : The classifier that trains with it.

    Notes
    -----
    With R the solution of ``T @ R = I`` and l the vector of losses over the labels, the loss is
    ``R[y] @ l``. The rows of R sum to 1, so that

    - cross-entropy is ``logsumexp(h) - R[y] @ h``: only the part that is linear in the logits
      is corrected, so that the Hessian in the inputs, or in the parameters of any one layer, of a
      network of ReLUs depends neither on T nor on the labels. Between the parameters of two
      layers, in which the logits are not linear jointly, it does, and agrees on average only;
    - squared error is ``sum_k p_k^2 + 1 - 2 R[y] @ p`` with ``p = softmax(h)``, which has a lower
      bound, as cross-entropy has not.

    "adaptive" weighs each row by ``w = 1 / (1 + v)``, as least squares of unequal variances does,
    with ``v = sum_j (p @ T)_j |R[j]|^2 - 1``, the variance that the noise adds to the corrected
    label ``R[y]``, by the network's own posterior p. The base loss is that of the density power
    divergence [4]_, ``sum_k p_k^(1 + a) - (1 + 1 / a) p_y^a + 1 / a`` at label y, with
    ``a = sqrt(1 - w) / 2``: cross-entropy as a goes to 0, squared error at 1, and between them
    bounded by ``1 + 1 / a``. No gradient flows through w: it depends on x alone, so that on
    average over the noise the loss is one of the clean label, with the clean posterior as its
    minimiser. With ``T = I`` it is cross-entropy.

    "non_negative" is the sum over the clean classes k of ``|mean_i R[y_i, k] l_k(x_i)|``, over the
    rows i of the batch, without their weights: the expectation of no part is negative, so that a
    negative one means memorised labels, and is gone back on. For positive and unlabelled rows this
    is the idea of [2]_, in the form of [3]_. The loss of one row depends on the batch.

    Values of these two do not compare networks. In evaluation mode, as for the ``valid_loss`` of
    a net, :class:`ForwardLoss` stands in for both.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 4.1, Theorems 1 and 4.
    .. [2] Kiryo et al., "Positive-Unlabeled Learning with Non-Negative Risk Estimator",
       NeurIPS 2017.
    .. [3] Lu et al., "Mitigating Overfitting in Supervised Classification from Two Unlabeled
       Datasets: A Consistent Risk Correction Approach", AISTATS 2020.
    .. [4] Basu et al., "Robust and Efficient Estimation by Minimising a Density Power
       Divergence", Biometrika 85, 1998.

    Examples
    --------
    >>> import torch
    >>> criterion = BackwardLoss([[0.8, 0.2], [0.2, 0.8]], reduction="none")
    >>> losses = criterion(torch.tensor([[3.0, 0.0], [3.0, 0.0]]), torch.tensor([0, 1]))
    >>> losses
    tensor([-0.9514,  4.0486])
    >>> 0.8 * losses[0] + 0.2 * losses[1]       # the mean over the noise: the clean loss
    tensor(0.0486)
    """

    needs_transition_matrix = True

    def __init__(
        self,
        transition_matrix: MatrixLike,
        base_loss: Any = "cross_entropy",
        identity_mixing: float = 0.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.transition_matrix = transition_matrix
        self.base_loss = check_base_loss(base_loss, names=BACKWARD_BASE_LOSSES)
        self.identity_mixing = a = check_number(identity_mixing, "identity_mixing", "[0, 1]")
        matrices = as_transition_matrices(transition_matrix)
        identity = torch.eye(matrices.shape[-1], dtype=matrices.dtype)
        mixed = a * identity + (1 - a) * matrices
        # Row g * n_classes + y is row y of the inverse of the g-th matrix.
        inverses = torch.cat([_inverse(T) for T in mixed])
        self._minus_weights = Constant(-inverses)
        # Row g holds the variance of R[y] over the noisy labels of each class; 0 without noise.
        squares = inverses.square().sum(dim=1).reshape(len(matrices), -1, 1)
        self._variances = Constant(((mixed @ squares).squeeze(2) - 1).clamp_min(0))
        self._forward = ForwardLoss(transition_matrix)

    def loss(self, logits: Tensor, labels: Tensor, matrix: Tensor | None = None) -> Tensor:
        if not self.training and self.base_loss in NOT_COMPARABLE:
            return self._forward.loss(logits, labels, matrix)
        table = self._minus_weights.like(logits)
        minus_weights = table.index_select(0, rows_in_stack(labels, matrix, table))
        if self.base_loss == "cross_entropy":
            losses: Tensor = _WeightedCrossEntropies.apply(logits, minus_weights)
            return losses
        if self.base_loss == "squared_error":
            proba = torch.softmax(logits, dim=1)
            return (proba * (proba + 2 * minus_weights)).sum(dim=1) + 1
        if self.base_loss == "adaptive":
            variances = self._variances.like(logits)
            variances = variances[:1] if matrix is None else variances.index_select(0, matrix)
            return adaptive_losses(logits, minus_weights, variances)
        if self.base_loss == "non_negative":
            parts = minus_weights * torch.log_softmax(logits, dim=1)
            return (parts * torch.sign(parts.detach().mean(dim=0))).sum(dim=1)
        by_label = vector_of_losses(self.base_loss, torch.log_softmax(logits, dim=1))
        return -(minus_weights * by_label).sum(dim=1)

    def held_out_losses(self, logits: Tensor, target: TargetLike) -> Tensor:
        """Return the losses of :class:`ForwardLoss`, which are bounded below and vary less.

        Parameters
        ----------
        logits, target
            As in `forward`, by one network.

        Returns
        -------
        tensor of shape (n_samples,)
            Losses.
        """
        return self._forward.held_out_losses(logits, target)


def _inverse(T: Tensor) -> Tensor:
    """Return R with ``T @ R = I``; row y weighs the losses when the noisy label is y."""
    singular_values = torch.linalg.svdvals(T)
    smallest, largest = singular_values[-1].item(), singular_values[0].item()
    if smallest <= len(T) * torch.finfo(T.dtype).eps * largest:
        raise ValueError(
            "The backward correction needs a transition_matrix that can be inverted; this one is "
            f"singular (singular values from {smallest:.3g} to {largest:.3g}). Pass "
            "identity_mixing=0.1, or so, to mix it with the identity first, or use the forward "
            f"correction, which needs no inverse. {SEE_ERRORS}"
        )
    return torch.linalg.solve(T, torch.eye(len(T), dtype=T.dtype))


class _WeightedCrossEntropies(torch.autograd.Function):
    """``logsumexp(h) + m @ h`` with its gradient ``p + m``, for weights -m that sum to 1.

    That is the sum of ``-log p_k`` with weights ``-m_k``. Autograd would take twice the
    operations, which with few classes is what counts; the sign of m saves one more.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, minus_weights: Tensor) -> Tensor:
        lead, share, total = exponentials(logits)
        ctx.save_for_backward(logits, minus_weights, share, total)
        return total.log().squeeze(1).add_((minus_weights * lead).sum(dim=1))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        logits, minus_weights, share, total = ctx.saved_tensors
        grad = grad_outputs[0].unsqueeze(1)
        if torch.is_grad_enabled():
            # A second derivative is wanted: start from the logits, which autograd knows.
            return (torch.softmax(logits, dim=1) + minus_weights) * grad, None
        return torch.addcdiv(minus_weights, share, total).mul_(grad), None
