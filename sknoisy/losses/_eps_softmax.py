"""Cross-entropy on a softmax pulled towards its own argmax, with a mean absolute error."""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_batch, check_in, reduce_losses


def eps_softmax_loss(
    logits: Tensor,
    target: Tensor,
    m: float = 1e5,
    alpha: float = 0.01,
    beta: float = 10.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Epsilon-softmax with MAE, ``alpha * CE_eps + beta * MAE``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    m : float >= 0, default=1e5
        How far the posterior is pulled towards its argmax; 0 leaves cross-entropy.
    alpha : float >= 0, default=0.01
        Weight of the cross-entropy of the pulled posterior.
    beta : float >= 0, default=10.0
        Weight of the mean absolute error ``1 - p_y``.
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
        If a parameter is negative, shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    With t = argmax p, ``CE_eps = -log ((p_y + m 1[y = t]) / (1 + m))``: nearly zero where the
    network agrees with the label, and cross-entropy plus ``log(1 + m)`` where it does not. It
    jumps where the argmax changes. The authors clip the pulled posterior at 1e-8; here it is
    exact. Their mean absolute error is the whole L1 distance, twice this one, so that `beta` is
    twice theirs. The defaults are theirs for CIFAR-10 with symmetric noise; with 100 classes they
    take m = 1e4 and (as counted here) beta = 2, with asymmetric noise a smaller m.

    References
    ----------
    .. [1] Wang, Zhou, Zhai, Jiang, Ji, Liu, "Epsilon-Softmax: Approximating One-Hot Vectors for
       Mitigating Label Noise", NeurIPS 2024.

    Examples
    --------
    >>> import torch
    >>> logits, target = torch.tensor([[2.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
    >>> eps_softmax_loss(logits, target, reduction="none")
    tensor([1.1920, 8.9444])
    """
    logits, target = check_batch(logits, target)
    _check_parameters(m, alpha, beta)
    return reduce_losses(_eps_softmax(logits, target, m, alpha, beta), sample_weight, reduction)


@final
class EpsSoftmaxLoss(Criterion):
    """Criterion of :func:`eps_softmax_loss`.

    Parameters
    ----------
    m : float >= 0, default=1e5
        How far the posterior is pulled towards its argmax.
    alpha : float >= 0, default=0.01
        Weight of the cross-entropy of the pulled posterior.
    beta : float >= 0, default=10.0
        Weight of the mean absolute error.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If a parameter is negative.

    Examples
    --------
    >>> import torch
    >>> EpsSoftmaxLoss()(torch.tensor([[2.0, 0.0]]), torch.tensor([1]))
    tensor(8.9444)
    """

    def __init__(
        self,
        m: float = 1e5,
        alpha: float = 0.01,
        beta: float = 10.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        _check_parameters(m, alpha, beta)
        self.m = m
        self.alpha = alpha
        self.beta = beta

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _eps_softmax(logits, target, self.m, self.alpha, self.beta)


def _eps_softmax(logits: Tensor, target: Tensor, m: float, alpha: float, beta: float) -> Tensor:
    cross_entropy = F.cross_entropy(logits, target, reduction="none")
    agrees = logits.argmax(dim=1) == target
    # Where the label wins, (p + m) / (1 + m) = 1 - (1 - p) / (1 + m): no digits lost to a large
    # m. The other rows get a harmless value there, or its infinite slope would spoil theirs.
    winning = torch.where(agrees, cross_entropy, 0.0)
    pulled = torch.where(
        agrees,
        -torch.log1p(torch.expm1(-winning) / (1 + m)),
        cross_entropy + math.log1p(m),
    )
    return alpha * pulled - beta * torch.expm1(-cross_entropy)


def _check_parameters(m: float, alpha: float, beta: float) -> None:
    check_in("m", m, 0, torch.finfo(torch.float32).max)
    check_in("alpha", alpha, 0, float("inf"))
    check_in("beta", beta, 0, float("inf"))
