"""Active-passive losses: one part raises the label's posterior, the other lowers the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, final

import torch
from torch import Tensor

from ._base import Criterion, Reduction, check_batch, check_in, pick, reduce_losses
from ._base_losses import VectorLoss, vector_of_losses

ActivePart: TypeAlias = Literal["nce", "nfl"] | VectorLoss
PassivePart: TypeAlias = Literal["rce", "mae"] | VectorLoss

LOG_ZERO = -4.0
FOCUS = 0.5


def active_passive_loss(
    logits: Tensor,
    target: Tensor,
    active: ActivePart = "nce",
    passive: PassivePart = "rce",
    alpha: float = 1.0,
    beta: float = 1.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Active-passive loss, ``alpha * active + beta * passive``; NCE + RCE by default.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    active : {"nce", "nfl"} or callable, default="nce"
        Normalised cross-entropy or normalised focal loss (focus 0.5). A callable takes
        log-probabilities of shape (n, n_classes) and returns the loss of each label, same shape.
    passive : {"rce", "mae"} or callable, default="rce"
        Reverse cross-entropy or mean absolute error; a callable as above.
    alpha : float >= 0, default=1.0
        Weight of the active part.
    beta : float >= 0, default=1.0
        Weight of the passive part.
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
        If a name is unknown, a weight is negative, or shapes do not fit.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    A normalised loss is divided by its sum over all labels, so that this sum is constant:

    - ``nce``: ``log p_y / sum_k log p_k``;
    - ``nfl``: ``f_y / sum_k f_k`` with ``f_k = -(1 - p_k)^0.5 log p_k``;
    - ``rce``: ``4 (1 - p_y)``, that is ``-A (1 - p_y)`` with ``A = -4`` for log 0;
    - ``mae``: ``1 - p_y``, half the L1 distance, as in :func:`mae_loss`.

    References
    ----------
    .. [1] Ma, Huang, Wang, Romano, Erfani, Bailey, "Normalized Loss Functions for Deep Learning
       with Noisy Labels", ICML 2020.

    Examples
    --------
    >>> import torch
    >>> active_passive_loss(torch.zeros(3, 4), torch.tensor([0, 1, 2]))
    tensor(3.2500)
    """
    logits, target = check_batch(logits, target)
    _check_parts(active, passive, alpha, beta)
    losses = _active_passive(logits, target, active, passive, alpha, beta)
    return reduce_losses(losses, sample_weight, reduction)


@final
class ActivePassiveLoss(Criterion):
    """Criterion of :func:`active_passive_loss`.

    Parameters
    ----------
    active : {"nce", "nfl"} or callable, default="nce"
        Normalised cross-entropy or normalised focal loss; a callable maps log-probabilities
        (n, n_classes) to losses.
    passive : {"rce", "mae"} or callable, default="rce"
        Reverse cross-entropy or mean absolute error; a callable as above.
    alpha, beta : float >= 0, default=1.0
        Weights of the active and of the passive part.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If a name is unknown or a weight is negative.

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
        _check_parts(active, passive, alpha, beta)
        self.active = active
        self.passive = passive
        self.alpha = alpha
        self.beta = beta

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _active_passive(logits, target, self.active, self.passive, self.alpha, self.beta)


def _active_passive(
    logits: Tensor,
    target: Tensor,
    active: ActivePart,
    passive: PassivePart,
    alpha: float,
    beta: float,
) -> Tensor:
    log_proba = torch.log_softmax(logits, dim=1)
    return alpha * _part(active, log_proba, target) + beta * _part(passive, log_proba, target)


def _part(part: str | VectorLoss, log_proba: Tensor, target: Tensor) -> Tensor:
    if callable(part):
        return pick(vector_of_losses(part, log_proba), target)
    return (ACTIVE | PASSIVE)[part](log_proba, target)


def _normalized_cross_entropy(log_proba: Tensor, target: Tensor) -> Tensor:
    return pick(log_proba, target) / log_proba.sum(dim=1)


def _normalized_focal(log_proba: Tensor, target: Tensor) -> Tensor:
    # Above zero, since the square root has no finite slope there.
    distance = (-torch.expm1(log_proba)).clamp_min(torch.finfo(log_proba.dtype).tiny ** 0.5)
    focal = distance**FOCUS * log_proba
    return pick(focal, target) / focal.sum(dim=1)


def _mean_absolute_error(log_proba: Tensor, target: Tensor) -> Tensor:
    return -torch.expm1(pick(log_proba, target))


def _reverse_cross_entropy(log_proba: Tensor, target: Tensor) -> Tensor:
    return -LOG_ZERO * _mean_absolute_error(log_proba, target)


Part: TypeAlias = Callable[[Tensor, Tensor], Tensor]
ACTIVE: dict[str, Part] = {"nce": _normalized_cross_entropy, "nfl": _normalized_focal}
PASSIVE: dict[str, Part] = {"rce": _reverse_cross_entropy, "mae": _mean_absolute_error}


def _check_parts(active: ActivePart, passive: PassivePart, alpha: float, beta: float) -> None:
    for name, part, known in (("active", active, ACTIVE), ("passive", passive, PASSIVE)):
        if not callable(part) and part not in known:
            raise ValueError(
                f"{name} must be one of {tuple(known)}, or a callable from log-probabilities of "
                f"shape (n, n_classes) to losses of the same shape; got {part!r}."
            )
    check_in("alpha", alpha, 0, float("inf"))
    check_in("beta", beta, 0, float("inf"))
