"""Active-passive losses: one part raises the label's posterior, the other lowers the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, final

import torch
from torch import Tensor

from .._checks import check_number
from ._base import Criterion, Reduction, pick
from ._base_losses import VectorLoss, check_base_loss, vector_of_losses

ActivePart: TypeAlias = Literal["nce", "nfl"] | VectorLoss
PassivePart: TypeAlias = Literal["rce", "mae"] | VectorLoss

LOG_ZERO = -4.0
FOCUS = 0.5


def _normalized_cross_entropy(log_proba: Tensor, labels: Tensor) -> Tensor:
    return pick(log_proba, labels) / log_proba.sum(dim=1)


def _normalized_focal(log_proba: Tensor, labels: Tensor) -> Tensor:
    # Above zero, since the square root has no finite slope there.
    distance = (-torch.expm1(log_proba)).clamp_min(torch.finfo(log_proba.dtype).tiny ** 0.5)
    focal = distance**FOCUS * log_proba
    return pick(focal, labels) / focal.sum(dim=1)


def _mean_absolute_error(log_proba: Tensor, labels: Tensor) -> Tensor:
    return -torch.expm1(pick(log_proba, labels))


def _reverse_cross_entropy(log_proba: Tensor, labels: Tensor) -> Tensor:
    return -LOG_ZERO * _mean_absolute_error(log_proba, labels)


Part: TypeAlias = Callable[[Tensor, Tensor], Tensor]
ACTIVE: dict[str, Part] = {"nce": _normalized_cross_entropy, "nfl": _normalized_focal}
PASSIVE: dict[str, Part] = {"rce": _reverse_cross_entropy, "mae": _mean_absolute_error}


@final
class ActivePassiveLoss(Criterion):
    """Active-passive loss, ``alpha * active + beta * passive``; NCE + RCE by default.

    Parameters
    ----------
    active : {"nce", "nfl"} or callable, default="nce"
        Normalised cross-entropy or normalised focal loss (focus 0.5). A callable takes
        log-probabilities of shape (n, n_classes) and returns the loss of each label, same shape.
    passive : {"rce", "mae"} or callable, default="rce"
        Reverse cross-entropy or mean absolute error; a callable as above.
    alpha, beta : float >= 0, default=1.0
        Weights of the active and of the passive part.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    SymmetricCrossEntropy : Cross-entropy plus reverse cross-entropy.
    GCELoss : Between cross-entropy and mean absolute error.

    Notes
    -----
    A normalised loss is divided by its sum over all labels, so that this sum is constant:

    - ``nce``: ``log p_y / sum_k log p_k``;
    - ``nfl``: ``f_y / sum_k f_k`` with ``f_k = -(1 - p_k)^0.5 log p_k``;
    - ``rce``: ``4 (1 - p_y)``, that is ``-A (1 - p_y)`` with ``A = -4`` for log 0;
    - ``mae``: ``1 - p_y``, half the L1 distance, as in :class:`MAELoss`.

    References
    ----------
    .. [1] Ma, Huang, Wang, Romano, Erfani, Bailey, "Normalized Loss Functions for Deep Learning
       with Noisy Labels", ICML 2020.

    Examples
    --------
    >>> import torch
    >>> ActivePassiveLoss(passive="mae")(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(1.)
    """

    def __init__(
        self,
        active: ActivePart = "nce",
        passive: PassivePart = "rce",
        alpha: float = 1.0,
        beta: float = 1.0,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.active = check_base_loss(active, "active", ACTIVE)
        self.passive = check_base_loss(passive, "passive", PASSIVE)
        self.alpha = check_number(alpha, "alpha", "[0, inf)")
        self.beta = check_number(beta, "beta", "[0, inf)")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        log_proba = torch.log_softmax(logits, dim=1)
        active = _part(self.active, log_proba, labels)
        return self.alpha * active + self.beta * _part(self.passive, log_proba, labels)


def _part(part: str | VectorLoss, log_proba: Tensor, labels: Tensor) -> Tensor:
    if callable(part):
        return pick(vector_of_losses(part, log_proba), labels)
    return (ACTIVE | PASSIVE)[part](log_proba, labels)
