"""Cross-entropy on a softmax pulled towards its own argmax, with a mean absolute error."""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, cross_entropies


@final
class EpsSoftmaxLoss(Criterion):
    """Epsilon-softmax with MAE, ``alpha * CE_eps + beta * MAE``.

    Parameters
    ----------
    m : float in [0, 3.4e38], default=1e5
        How far the posterior is pulled towards its argmax; 0 leaves cross-entropy.
    alpha : float >= 0, default=0.01
        Weight of the cross-entropy of the pulled posterior.
    beta : float >= 0, default=10.0
        Weight of the mean absolute error ``1 - p_y``.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    ActivePassiveLoss : Another sum of two losses.
    MAELoss : Its robust part.

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
    >>> logits, y = torch.tensor([[2.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
    >>> EpsSoftmaxLoss(reduction="none")(logits, y)
    tensor([1.1920, 8.9444])
    """

    def __init__(
        self,
        m: float = 1e5,
        alpha: float = 0.01,
        beta: float = 10.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.m = check_number(m, "m", "[0, 3.4e38]")
        self.alpha = check_number(alpha, "alpha", "[0, inf)")
        self.beta = check_number(beta, "beta", "[0, inf)")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        cross_entropy = cross_entropies(logits, labels)
        agrees = logits.argmax(dim=1) == labels
        # Where the label wins, (p + m) / (1 + m) = 1 - (1 - p) / (1 + m): no digits lost to a
        # large m. The other rows get a harmless value there, or its infinite slope would spoil
        # theirs.
        winning = torch.where(agrees, cross_entropy, 0.0)
        pulled = torch.where(
            agrees,
            -torch.log1p(torch.expm1(-winning) / (1 + self.m)),
            cross_entropy + math.log1p(self.m),
        )
        return self.alpha * pulled - self.beta * torch.expm1(-cross_entropy)
