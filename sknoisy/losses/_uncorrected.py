"""Losses that take the labels at their word: cross-entropy, and what the corrections correct."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, cross_entropies, pick
from ._base_losses import BaseLoss, check_base_loss, squared_errors, vector_of_losses


@final
class CrossEntropy(Criterion):
    """Cross-entropy, ``-log softmax(h)[y]``.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    ForwardLoss : Cross-entropy corrected for noise.
    torch.nn.CrossEntropyLoss : PyTorch's, without weights of examples.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017, eq. (1).

    Examples
    --------
    >>> import torch
    >>> y, weight = torch.tensor([0, 1]), torch.tensor([1.0, 0.0])
    >>> CrossEntropy(reduction="sum")(torch.zeros(2, 4), (y, weight))
    tensor(1.3863)
    """

    @property
    def is_log_loss(self) -> bool:
        return True

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return cross_entropies(logits, labels)


@final
class UncorrectedLoss(Criterion):
    """The base loss of a correction, of the labels as they are: what a warm-up trains with.

    "cross_entropy" and "squared_error" equal the forward loss with T = I; a callable sees
    ``log_softmax(h)``.
    """

    def __init__(
        self, base_loss: BaseLoss = "cross_entropy", reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction)
        self.base_loss = check_base_loss(base_loss)

    @property
    def is_log_loss(self) -> bool:
        return bool(self.base_loss == "cross_entropy")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        if self.base_loss == "cross_entropy":
            return cross_entropies(logits, labels)
        if self.base_loss == "squared_error":
            return squared_errors(torch.softmax(logits, dim=1), labels)
        return pick(vector_of_losses(self.base_loss, torch.log_softmax(logits, dim=1)), labels)
