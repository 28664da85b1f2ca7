"""Early-learning regularisation: keep what the network predicted before it memorised."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from .._checks import check_integer, check_number
from .._hints import SEE_ERRORS
from ._base import Criterion, Reduction, cross_entropies, missing_index
from ._lazy_buffers import LazyBuffers

# Keeps log(1 - p @ t) finite where belief and memory agree completely.
SMALLEST_DISAGREEMENT = 1e-4


@final
class EarlyLearningLoss(LazyBuffers, Criterion):
    """Cross-entropy plus ``strength * log(1 - p @ t)``, t being an earlier belief.

    The criterion keeps each example's running belief t, the average of its posteriors so far. In
    training mode ``t <- momentum * t + (1 - momentum) * p`` before the loss, and `target` must
    bring the index, the position of each example in the training set. In evaluation mode, where
    an index would mean other examples, it is plain cross-entropy. The loss may be negative.

    Parameters
    ----------
    strength : float >= 0, default=3.0
        Weight of the regularisation, lambda in [1]_; the authors take 3 for 10 classes and 7 for
        100.
    momentum : float in [0, 1), default=0.7
        Share of the earlier belief; the authors take 0.7 for 10 classes and 0.9 for 100.
    n_samples : int, default=None
        Size of the training set. None lets the memory grow with the largest index seen, which
        costs a look at each index, and on a GPU a wait for it.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    Attributes
    ----------
    belief : Tensor of shape (n_samples, n_classes)
        The running averages, zero for examples not seen yet; empty before the first batch. They
        are constants for the gradient.

    See Also
    --------
    BootstrapSoftLoss : Mixes the present posterior into the target.
    sknoisy.RobustLossClassifier : Tells the loss the positions of the rows.

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
        self.strength = check_number(strength, "strength", "[0, inf)")
        self.momentum = check_number(momentum, "momentum", "[0, 1)")
        self.n_samples = None if n_samples is None else check_integer(n_samples, "n_samples", 1)
        self.register_buffer("belief", torch.zeros(0, 0))

    def forget_rows(self) -> None:
        self.belief = self.belief.new_zeros(0, 0)

    def loss(self, logits: Tensor, labels: Tensor, index: Tensor | None = None) -> Tensor:
        cross_entropy = cross_entropies(logits, labels)
        if not self.training:
            return cross_entropy
        if index is None:
            raise missing_index(self)
        proba = torch.softmax(logits, dim=1)
        belief = self._updated_belief(proba.detach(), self._checked(index).to(proba.device))
        # sum p (1 - t) is 1 - p @ t without the cancellation.
        disagreement = (proba * (1 - belief)).sum(dim=1).clamp_min(SMALLEST_DISAGREEMENT)
        return cross_entropy + self.strength * disagreement.log()

    def _checked(self, index: Tensor) -> Tensor:
        """Positions in the training set, of which a negative one would mean another example."""
        if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
            raise TypeError(
                f"index of the target must hold integers; got {index.dtype}. {SEE_ERRORS}"
            )
        if index.device.type != "cpu":
            # A look at the values would wait for the device: it refuses what is out of range.
            beyond = len(self.belief) if self.n_samples is None else self.n_samples
            return torch.where(index < 0, max(beyond, 1) + index.shape[0], index)
        least, largest = (int(index.min()), int(index.max())) if len(index) else (0, 0)
        if least < 0 or (self.n_samples is not None and largest >= self.n_samples):
            end = "n_samples" if self.n_samples is None else f"n_samples={self.n_samples}"
            raise ValueError(
                f"index of the target must hold positions in the training set, from 0 to below "
                f"{end}; got {least} to {largest}."
                f" {SEE_ERRORS}"
            )
        return index

    def _updated_belief(self, proba: Tensor, index: Tensor) -> Tensor:
        n_samples = self.n_samples
        if n_samples is None:
            n_samples = max(len(self.belief), int(index.max()) + 1 if len(index) else 0)
        if self.belief.shape != (n_samples, proba.shape[1]):
            grown = proba.new_zeros(n_samples, proba.shape[1])
            grown[: len(self.belief), : self.belief.shape[1]] = self.belief
            self.belief = grown
        elif self.belief.dtype != proba.dtype or self.belief.device != proba.device:
            self.belief = self.belief.to(proba)
        belief = torch.lerp(proba, self.belief[index], self.momentum)
        self.belief[index] = belief
        return belief
