"""Early-learning regularisation: hold on to what the network believed before it memorised."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from ._base import Criterion, Reduction, check_batch, check_in, reduce_losses
from ._lazy_buffers import LazyBuffers

# Keeps log(1 - p @ t) finite where belief and memory agree completely.
SMALLEST_DISAGREEMENT = 1e-4


def early_learning_loss(
    logits: Tensor,
    target: Tensor,
    belief: Tensor,
    strength: float = 3.0,
    *,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy plus ``strength * log(1 - p @ t)``, t being an earlier belief.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs h; ``p = softmax(h)``.
    target : Tensor of shape (n,)
        Class indices y.
    belief : Tensor of shape (n, n_classes)
        Running averages t of the posteriors of these examples; constants for the gradient.
        The criterion, :class:`EarlyLearningLoss`, keeps them.
    strength : float >= 0, default=3.0
        Weight of the regularisation, lambda in [1]_.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``. May be negative.

    Raises
    ------
    ValueError
        If `strength` is negative, shapes do not fit, or `reduction` is unknown.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    ``1 - p @ t`` counts as at least 1e-4.

    References
    ----------
    .. [1] Liu, Niles-Weed, Razavian, Fernandez-Granda, "Early-Learning Regularization Prevents
       Memorization of Noisy Labels", NeurIPS 2020, eq. (6).

    Examples
    --------
    >>> import torch
    >>> logits, belief = torch.zeros(1, 2), torch.tensor([[0.9, 0.1]])
    >>> early_learning_loss(logits, torch.tensor([1]), belief, strength=1.0)
    tensor(0.)
    """
    logits, target = check_batch(logits, target)
    if belief.shape != logits.shape:
        raise ValueError(
            f"belief must have the shape of logits, {tuple(logits.shape)}; "
            f"got {tuple(belief.shape)}."
        )
    check_in("strength", strength, 0, float("inf"))
    losses = _regularized(logits, target, torch.softmax(logits, dim=1), belief, strength)
    return reduce_losses(losses, sample_weight, reduction)


@final
class EarlyLearningLoss(LazyBuffers, Criterion):
    """Criterion of :func:`early_learning_loss` that keeps each example's running belief.

    In training mode ``t <- momentum * t + (1 - momentum) * p`` before the loss, and `target` must
    be ``(y, sample_weight, index)``, with the position of each example in the training set and
    sample_weight possibly None. In evaluation mode, where an index would mean other examples, it
    is plain cross-entropy.

    Parameters
    ----------
    strength : float >= 0, default=3.0
        Weight of the regularisation; the authors take 3 for 10 classes and 7 for 100.
    momentum : float in [0, 1), default=0.7
        Share of the earlier belief; the authors take 0.7 for 10 classes and 0.9 for 100.
    n_samples : int, default=None
        Size of the training set. None lets the memory grow with the largest index seen, which
        costs a look at each index, and on a GPU a wait for it.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Attributes
    ----------
    belief : Tensor of shape (n_samples, n_classes)
        The running averages, zero for examples not seen yet; empty before the first batch.

    Raises
    ------
    ValueError
        If a parameter is out of range; in training mode, if `target` brings no index.

    Examples
    --------
    >>> import torch
    >>> criterion = EarlyLearningLoss(n_samples=3)
    >>> y, index = torch.tensor([0, 1]), torch.tensor([2, 0])
    >>> criterion(torch.zeros(2, 2), (y, None, index))
    tensor(0.2056)
    >>> criterion.belief
    tensor([[0.1500, 0.1500],
            [0.0000, 0.0000],
            [0.1500, 0.1500]])
    """

    needs_index = True
    keeps_state = True
    belief: Tensor

    def __init__(
        self,
        strength: float = 3.0,
        momentum: float = 0.7,
        n_samples: int | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.strength = check_in("strength", strength, 0, float("inf"))
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1); got {momentum!r}.")
        self.momentum = momentum
        if n_samples is not None and n_samples < 1:
            raise ValueError(f"n_samples must be None or at least 1; got {n_samples!r}.")
        self.n_samples = n_samples
        self.register_buffer("belief", torch.zeros(0, 0))

    def loss(self, logits: Tensor, target: Tensor, index: Tensor | None = None) -> Tensor:
        if not self.training:
            return F.cross_entropy(logits, target, reduction="none")
        proba = torch.softmax(logits, dim=1)
        belief = self._updated_belief(proba.detach(), index)
        return _regularized(logits, target, proba, belief, self.strength)

    def _updated_belief(self, proba: Tensor, index: Tensor | None) -> Tensor:
        if index is None or index.shape != proba.shape[:1]:
            raise ValueError(
                "EarlyLearningLoss needs target=(y, sample_weight, index) in training mode, with "
                f"one position in the training set per example, of shape ({len(proba)},); got "
                f"index {None if index is None else tuple(index.shape)}."
            )
        index = index.to(proba.device)
        self._make_room(proba, index)
        belief = torch.lerp(proba, self.belief[index], self.momentum)
        self.belief[index] = belief
        return belief

    def _make_room(self, proba: Tensor, index: Tensor) -> None:
        n_samples = self.n_samples
        if n_samples is None:
            n_samples = max(len(self.belief), int(index.max()) + 1)
        if self.belief.shape != (n_samples, proba.shape[1]):
            grown = proba.new_zeros(n_samples, proba.shape[1])
            grown[: len(self.belief), : self.belief.shape[1]] = self.belief
            self.belief = grown
        elif self.belief.dtype != proba.dtype or self.belief.device != proba.device:
            self.belief = self.belief.to(proba)


def _regularized(
    logits: Tensor, target: Tensor, proba: Tensor, belief: Tensor, strength: float
) -> Tensor:
    # sum p (1 - t) is 1 - p @ t without the cancellation.
    disagreement = (proba * (1 - belief)).sum(dim=1).clamp_min(SMALLEST_DISAGREEMENT)
    return F.cross_entropy(logits, target, reduction="none") + strength * disagreement.log()
