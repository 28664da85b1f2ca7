"""A loss for examples that each bring a likelihood of their own, such as several labels."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from torch import Tensor

from .._hints import SEE_ERRORS
from ._base import Criterion, Reduction, missing_index
from ._forward import minus_log_noisy_proba
from ._matrix import Constant, MatrixLike


@final
class EvidenceLoss(Criterion):
    """``-log sum_k p_k L[index, k]``: the evidence of an example is a row of a table.

    The forward loss is the case in which the row of an example with label j is column j of T.
    With several labels per example a row is the product over them, so that the loss is the
    likelihood of all labels together, and not that of each alone ([1]_). The loss does not look
    at the labels of its target, which may hold a consensus.

    Parameters
    ----------
    log_likelihood : array-like or Tensor of shape (n_samples, n_classes)
        ``log L[m, k]``, L being the probability of what is known of training example m if its
        clean class is k, up to a factor for each m. Minus infinity where it is impossible.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    References
    ----------
    .. [1] Raykar et al., "Learning from Crowds", JMLR 11, 2010.
    """

    needs_index = True

    def __init__(self, log_likelihood: MatrixLike, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.log_likelihood = log_likelihood
        table = torch.as_tensor(log_likelihood, dtype=torch.float64)
        if table.ndim != 2:
            raise ValueError(
                f"log_likelihood must have shape (n_samples, n_classes); got {tuple(table.shape)}."
                f" {SEE_ERRORS}"
            )
        largest = table.amax(dim=1, keepdim=True)
        if not largest.isfinite().all():
            raise ValueError(
                "Each row of log_likelihood must have a finite largest entry; a row that is "
                "minus infinity throughout says that its evidence cannot occur."
                f" {SEE_ERRORS}"
            )
        # The factor of a row is free: with it the largest entry is 1, whatever the label count.
        self._table = Constant(table - largest)

    def forget_rows(self) -> None:
        self.log_likelihood = np.empty((0, np.shape(self.log_likelihood)[1]))
        self._table = Constant(torch.as_tensor(self.log_likelihood))

    def loss(self, logits: Tensor, labels: Tensor, index: Tensor | None = None) -> Tensor:
        if index is None:
            raise missing_index(self)
        return minus_log_noisy_proba(logits, index, self._table.like(logits))
