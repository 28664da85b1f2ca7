"""Bounded and half-bounded relatives of cross-entropy: MAE, GCE, symmetric cross-entropy.

All are functions of ``c = -log p_y``, the cross-entropy: where p_y is tiny, c still is exact.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_batch, check_in, reduce_losses


def mae_loss(
    logits: Tensor,
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Mean absolute error between the posterior and the label, ``1 - p_y``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
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

    Notes
    -----
    The L1 distance ``sum_k |p_k - 1[k = y]|`` of [1]_ is twice this value; the half makes it the
    case q = 1 of :func:`gce_loss`. Its sum over all labels is constant, which makes it robust to
    symmetric noise, and slow to train with many classes.

    References
    ----------
    .. [1] Ghosh, Kumar, Sastry, "Robust Loss Functions under Label Noise for Deep Neural
       Networks", AAAI 2017.

    Examples
    --------
    >>> import torch
    >>> mae_loss(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(0.7500)
    """
    logits, target = check_batch(logits, target)
    return reduce_losses(_gce(logits, target, 1.0), sample_weight, reduction)


@final
class MAELoss(Criterion):
    """Criterion of :func:`mae_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Examples
    --------
    >>> import torch
    >>> MAELoss()(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(0.7500)
    """

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _gce(logits, target, 1.0)


def gce_loss(
    logits: Tensor,
    target: Tensor,
    q: float = 0.7,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Generalised cross-entropy, ``(1 - p_y^q) / q``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    q : float in [0, 1], default=0.7
        From cross-entropy (q = 0, the limit) to the mean absolute error (q = 1).
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
        If `q` is outside [0, 1], shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    Computed as ``-expm1(q log p_y) / q``, which keeps its digits when q is small.

    References
    ----------
    .. [1] Zhang, Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with
       Noisy Labels", NeurIPS 2018, eq. (6).

    Examples
    --------
    >>> import torch
    >>> gce_loss(torch.zeros(3, 4), torch.tensor([0, 1, 2]), q=0.5)
    tensor(1.)
    """
    logits, target = check_batch(logits, target)
    losses = _gce(logits, target, check_in("q", q, 0, 1))
    return reduce_losses(losses, sample_weight, reduction)


@final
class GCELoss(Criterion):
    """Criterion of :func:`gce_loss`.

    Parameters
    ----------
    q : float in [0, 1], default=0.7
        From cross-entropy (q = 0) to the mean absolute error (q = 1).
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `q` is outside [0, 1].

    Examples
    --------
    >>> import torch
    >>> GCELoss(q=0.5)(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(1.)
    """

    def __init__(self, q: float = 0.7, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.q = check_in("q", q, 0, 1)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _gce(logits, target, self.q)


def symmetric_cross_entropy_loss(
    logits: Tensor,
    target: Tensor,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Symmetric cross-entropy, ``alpha * CE + beta * RCE``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    alpha : float >= 0, default=0.1
        Weight of the cross-entropy, which makes it converge.
    beta : float >= 0, default=1.0
        Weight of the reverse cross-entropy, which makes it robust.
    log_zero : float <= 0, default=-4.0
        What stands for log 0 in the reverse cross-entropy, the A of [1]_.
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
        If a parameter is out of range, shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    The reverse cross-entropy exchanges label and posterior, ``-sum_k p_k log 1[k = y]``; with
    ``log 0 := A`` it is ``-A (1 - p_y)``, a multiple of :func:`mae_loss`.

    References
    ----------
    .. [1] Wang, Ma, Chen, Luo, Yi, Bailey, "Symmetric Cross Entropy for Robust Learning with
       Noisy Labels", ICCV 2019, eqs. (5)-(7).

    Examples
    --------
    >>> import torch
    >>> symmetric_cross_entropy_loss(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(3.1386)
    """
    logits, target = check_batch(logits, target)
    _check_symmetric(alpha, beta, log_zero)
    losses = _symmetric(logits, target, alpha, beta, log_zero)
    return reduce_losses(losses, sample_weight, reduction)


@final
class SymmetricCrossEntropy(Criterion):
    """Criterion of :func:`symmetric_cross_entropy_loss`.

    Parameters
    ----------
    alpha : float >= 0, default=0.1
        Weight of the cross-entropy.
    beta : float >= 0, default=1.0
        Weight of the reverse cross-entropy.
    log_zero : float <= 0, default=-4.0
        What stands for log 0 in the reverse cross-entropy.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> import torch
    >>> SymmetricCrossEntropy()(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(3.1386)
    """

    def __init__(
        self,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        _check_symmetric(alpha, beta, log_zero)
        self.alpha = alpha
        self.beta = beta
        self.log_zero = log_zero

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _symmetric(logits, target, self.alpha, self.beta, self.log_zero)


def _gce(logits: Tensor, target: Tensor, q: float) -> Tensor:
    cross_entropy = F.cross_entropy(logits, target, reduction="none")
    if q == 0:
        return cross_entropy
    return torch.expm1(-q * cross_entropy) / -q


def _symmetric(
    logits: Tensor, target: Tensor, alpha: float, beta: float, log_zero: float
) -> Tensor:
    cross_entropy = F.cross_entropy(logits, target, reduction="none")
    return alpha * cross_entropy + beta * log_zero * torch.expm1(-cross_entropy)


def _check_symmetric(alpha: float, beta: float, log_zero: float) -> None:
    check_in("alpha", alpha, 0, float("inf"))
    check_in("beta", beta, 0, float("inf"))
    check_in("log_zero", log_zero, float("-inf"), 0)
