"""Importance reweighting: cross-entropy, each example weighted by how likely its label is true."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, cross_entropies
from ._forward import log_columns, minus_log_noisy_proba
from ._matrix import Constant, MatrixLike, as_transition_matrices, rows_in_stack


@final
class ImportanceReweightingLoss(Criterion):
    """Cross-entropy weighted by ``p_y / (p @ T)_y``, the odds of a clean label being y.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1; one or a stack, as in
        :class:`ForwardLoss`.
    max_weight : float >= 1e-37, default=100.0
        Largest weight. The weight never exceeds ``1 / T[y, y]``, so that the limit acts only on
        labels that are true less than once in `max_weight` times.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    Raises
    ------
    ValueError
        If T is not row-stochastic, or `max_weight` is not positive; when called, if the logits
        have not as many columns as T.

    See Also
    --------
    ForwardLoss : Corrects the posterior instead.
    sknoisy.ReweightedClassifier : Weights for any classifier.

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
    >>> criterion = ImportanceReweightingLoss([[0.8, 0.2], [0.2, 0.8]], reduction="none")
    >>> criterion(torch.tensor([[3.0, 0.0], [3.0, 0.0]]), torch.tensor([0, 1]))
    tensor([0.0600, 0.6329])
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
        self.max_weight = check_number(max_weight, "max_weight", "[1e-37, inf]")
        # Finite in single precision, as is its product with a loss.
        self._limit = min(self.max_weight, torch.finfo(torch.float32).max ** 0.5)
        self._log_columns = Constant(log_columns(as_transition_matrices(transition_matrix)))

    def loss(self, logits: Tensor, labels: Tensor, matrix: Tensor | None = None) -> Tensor:
        log_T_columns = self._log_columns.like(logits)
        rows = rows_in_stack(labels, matrix, log_T_columns)
        losses = cross_entropies(logits, labels)
        with torch.no_grad():
            log_ratio = -losses + minus_log_noisy_proba(logits, rows, log_T_columns)
            importance = log_ratio.exp().clamp_max(self._limit)
        return importance * losses
