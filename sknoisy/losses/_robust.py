"""Bounded and half-bounded relatives of cross-entropy: MAE, GCE, symmetric cross-entropy.

All are functions of ``c = -log p_y``, the cross-entropy: where p_y is tiny, c still is exact.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, cross_entropies


@final
class MAELoss(Criterion):
    """Mean absolute error between the posterior and the label, ``1 - p_y``.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    GCELoss : Between this loss and cross-entropy.
    UnhingedLoss : Another loss that is robust to symmetric noise.

    Notes
    -----
    The L1 distance ``sum_k |p_k - 1[k = y]|`` of [1]_ is twice this value; the half makes it the
    case q = 1 of :class:`GCELoss`. Its sum over all labels is constant, which makes it robust to
    symmetric noise, and slow to train with many classes.

    References
    ----------
    .. [1] Ghosh, Kumar, Sastry, "Robust Loss Functions under Label Noise for Deep Neural
       Networks", AAAI 2017.

    Examples
    --------
    >>> import torch
    >>> MAELoss()(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(0.7500)
    """

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return -torch.expm1(-cross_entropies(logits, labels))


@final
class GCELoss(Criterion):
    """Generalised cross-entropy, ``(1 - p_y^q) / q``.

    Parameters
    ----------
    q : float in [0, 1], default=0.7
        From cross-entropy (q = 0, the limit) to the mean absolute error (q = 1).
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    MAELoss : Its limit for q = 1.
    CrossEntropy : Its limit for q = 0.

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
    >>> GCELoss(q=0.5)(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(1.)
    """

    def __init__(self, q: float = 0.7, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.q = check_number(q, "q", "[0, 1]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        cross_entropy = cross_entropies(logits, labels)
        return cross_entropy if self.q == 0 else torch.expm1(-self.q * cross_entropy) / -self.q


@final
class SymmetricCrossEntropy(Criterion):
    """Symmetric cross-entropy, ``alpha * CE + beta * RCE``.

    Parameters
    ----------
    alpha : float >= 0, default=0.1
        Weight of the cross-entropy, which makes it converge.
    beta : float >= 0, default=1.0
        Weight of the reverse cross-entropy, which makes it robust.
    log_zero : float <= 0, default=-4.0
        What stands for log 0 in the reverse cross-entropy, the A of [1]_.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    ActivePassiveLoss : The sum of other pairs of losses.
    GCELoss : Between cross-entropy and mean absolute error.

    Notes
    -----
    The reverse cross-entropy exchanges label and posterior, ``-sum_k p_k log 1[k = y]``; with
    ``log 0 := A`` it is ``-A (1 - p_y)``, a multiple of :class:`MAELoss`.

    References
    ----------
    .. [1] Wang, Ma, Chen, Luo, Yi, Bailey, "Symmetric Cross Entropy for Robust Learning with
       Noisy Labels", ICCV 2019, eqs. (5)-(7).

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
        self.alpha = check_number(alpha, "alpha", "[0, inf)")
        self.beta = check_number(beta, "beta", "[0, inf)")
        self.log_zero = check_number(log_zero, "log_zero", "(-inf, 0]")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        cross_entropy = cross_entropies(logits, labels)
        reverse = self.beta * self.log_zero * torch.expm1(-cross_entropy)
        return self.alpha * cross_entropy + reverse
