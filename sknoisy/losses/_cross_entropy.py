"""Plain cross-entropy, the loss that all others are measured against."""

from __future__ import annotations

from typing import final

from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_batch, reduce_losses


def cross_entropy_loss(
    logits: Tensor,
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy, ``-log softmax(h)[y]``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h.
    target : Tensor of shape (n,)
        Class indices y.
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
        If the shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017, eq. (1).

    Examples
    --------
    >>> import torch
    >>> cross_entropy_loss(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(1.3863)
    """
    logits, target = check_batch(logits, target)
    losses = F.cross_entropy(logits, target, reduction="none")
    return reduce_losses(losses, sample_weight, reduction)


@final
class CrossEntropy(Criterion):
    """Criterion of :func:`cross_entropy_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Examples
    --------
    >>> import torch
    >>> y, sample_weight = torch.tensor([0, 1]), torch.tensor([1.0, 0.0])
    >>> CrossEntropy(reduction="sum")(torch.zeros(2, 4), (y, sample_weight))
    tensor(1.3863)
    """

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(logits, target, reduction="none")
