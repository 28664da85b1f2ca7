"""Importance reweighting: cross-entropy, each example weighted by how likely its label is true."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_in
from ._forward import log_columns, minus_log_noisy_proba
from ._matrix import Constant, MatrixLike, check_n_classes
from ._stack import as_transition_matrices, rows_in_stack


def importance_reweighting_loss(
    logits: Tensor,
    target: Tensor,
    transition_matrix: MatrixLike,
    max_weight: float = 100.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy weighted by ``p_y / (p @ T)_y``, the odds of a clean label being y.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; their softmax p is the clean posterior.
    target : Tensor of shape (n,)
        Indices y of the noisy labels.
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1; of a stack the first.
    max_weight : float > 0, default=100.0
        Largest weight. The weight never exceeds ``1 / T[y, y]``, so that the limit acts only on
        labels that are true less than once in `max_weight` times.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set; they multiply the importance.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``.

    Raises
    ------
    ValueError
        If T is not row-stochastic or not of the logits' size, `max_weight` is not positive,
        shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    The ratio of the clean to the noisy joint density at (x, y) turns a mean over noisy examples
    into one over clean examples. It is a constant for the gradient. A network that starts from
    cross-entropy on the noisy labels gives useful ratios from the first step on.

    References
    ----------
    .. [1] Liu, Tao, "Classification with Noisy Labels by Importance Reweighting", IEEE
       Transactions on Pattern Analysis and Machine Intelligence 38(3), 2016.

    Examples
    --------
    >>> import torch
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> logits = torch.tensor([[3.0, 0.0], [3.0, 0.0]])
    >>> importance_reweighting_loss(logits, torch.tensor([0, 1]), T, reduction="none")
    tensor([0.0600, 0.6329])
    """
    criterion = ImportanceReweightingLoss(transition_matrix, max_weight, reduction)
    return criterion(logits, (target, sample_weight))


@final
class ImportanceReweightingLoss(Criterion):
    """Criterion of :func:`importance_reweighting_loss`.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1. Of several
        matrices, the field `matrix` of a :class:`Target` says which one an example goes through.
    max_weight : float > 0, default=100.0
        Largest weight.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If T is not row-stochastic, or `max_weight` is not positive.

    Examples
    --------
    >>> import torch
    >>> criterion = ImportanceReweightingLoss([[0.8, 0.2], [0.2, 0.8]])
    >>> criterion(torch.tensor([[3.0, 0.0]]), torch.tensor([1]))
    tensor(0.6329)
    """

    needs_transition_matrix = True

    def __init__(
        self,
        transition_matrix: MatrixLike,
        max_weight: float = 100.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.transition_matrix = transition_matrix
        check_in("max_weight", max_weight, torch.finfo(torch.float32).tiny, float("inf"))
        self.max_weight = max_weight
        self._largest = min(max_weight, torch.finfo(torch.float32).max ** 0.5)
        matrices = as_transition_matrices(transition_matrix)
        self._n_classes = matrices.shape[-1]
        self._log_columns = Constant(log_columns(matrices))

    def loss(self, logits: Tensor, labels: Tensor, matrix: Tensor | None = None) -> Tensor:
        check_n_classes(logits, self._n_classes)
        log_T_columns = self._log_columns.like(logits)
        rows = rows_in_stack(labels, matrix, self._n_classes)
        losses = F.cross_entropy(logits, labels, reduction="none")
        with torch.no_grad():
            log_ratio = -losses + minus_log_noisy_proba(logits, rows, log_T_columns)
            importance = log_ratio.exp().clamp_max(self._largest)
        return importance * losses
