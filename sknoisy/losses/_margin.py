"""Losses of a margin, made for two classes: unhinged, sigmoid, ramp and Savage.

Each is ``mean_k phi(m_k)`` over the classes, with a margin m_k of the score s_k:

- ``coding="one_vs_rest"``: ``m_k = s_k`` for the label, ``-s_k`` for all others, so that two
  classes with opposite scores give back the binary loss;
- ``coding="one_hot"``: ``m_k = s_k`` for the label, 0 for all others, as in the code published
  with [1]_. The other classes then contribute a constant, so that only batch normalisation, or a
  softmax, keeps all scores from growing together.

The article itself does not say which. Scores are the logits, or the batch-normalised logits.

.. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017, section 5.2.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, final

import torch
from torch import Tensor, nn

from .._checks import check_flag, check_number, check_option
from ._base import Criterion, Reduction
from ._batch_norm import BatchNorm

Coding: TypeAlias = Literal["one_vs_rest", "one_hot"]


class _MarginLoss(Criterion):
    """Abstract loss on the margins of scores, which may be batch-normalised logits.

    Predictions then need the scores, not the logits: the loss does not see what a class has on
    average, so that the largest logit means nothing. ``criterion.eval().output_layer(logits)``
    applies the running mean and variance.
    """

    def __init__(
        self,
        coding: Coding = "one_vs_rest",
        batch_norm: bool = True,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.coding = check_option(coding, "coding", ("one_vs_rest", "one_hot"))
        self.batch_norm = check_flag(batch_norm, "batch_norm")
        self.output_layer = BatchNorm() if batch_norm else nn.Identity()

    def margins(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Return the margin of each class, of shape (n, n_classes)."""
        others = -1.0 if self.coding == "one_vs_rest" else 0.0
        signs = scores.new_full(scores.shape, others).scatter_(1, labels.unsqueeze(1), 1.0)
        return signs * scores


@final
class UnhingedLoss(_MarginLoss):
    """Unhinged loss, ``phi(m) = 1 - m``, batch-normalised unless told otherwise.

    Parameters
    ----------
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0 as in the code of [2]_.
        The loss is the mean of phi over the classes.
    batch_norm : bool, default=True
        Whether the logits are standardised, class by class, without a learned scale or offset.
        In training mode over the batch, in evaluation mode by running averages. **Predictions
        have to use** ``criterion.eval().output_layer(logits)``: the logits' own argmax is
        meaningless, since the loss does not see their mean. Without it this loss has no lower
        bound, the sigmoid saturates, and the ramp is flat beyond margins of +-1.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    Raises
    ------
    ValueError
        If `coding` is unknown, or the first batch that is normalised has one example only.

    See Also
    --------
    RampLoss : The same loss, clipped.
    MAELoss : Another loss that is robust to symmetric noise.

    References
    ----------
    .. [1] van Rooyen, Menon, Williamson, "Learning with Symmetric Label Noise: The Importance of
       Being Unhinged", NIPS 2015.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.

    Examples
    --------
    >>> import torch
    >>> criterion = UnhingedLoss()
    >>> logits = torch.tensor([[2.0, -1.0], [0.0, 1.0]])
    >>> criterion(logits, torch.tensor([0, 1])).round(decimals=4)
    tensor(0.)
    >>> criterion.eval().output_layer(logits).argmax(dim=1)
    tensor([0, 1])
    """

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return 1 - self.margins(logits, labels).mean(dim=1)


@final
class SigmoidLoss(_MarginLoss):
    """Sigmoid loss, ``phi(m) = 1 / (1 + exp(beta m))``, batch-normalised unless told otherwise.

    Parameters
    ----------
    beta : float > 0, default=1.0
        Steepness.
    coding, batch_norm, reduction
        As in :class:`UnhingedLoss`: **predictions have to use** its output layer.

    See Also
    --------
    RampLoss : Linear in between.
    UnhingedLoss : Linear everywhere.

    References
    ----------
    .. [1] Ghosh, Manwani, Sastry, "Making Risk Minimization Tolerant to Label Noise",
       Neurocomputing 2015.

    Examples
    --------
    >>> import torch
    >>> SigmoidLoss(batch_norm=False)(torch.tensor([[2.0, -2.0]]), torch.tensor([0]))
    tensor(0.1192)
    """

    def __init__(
        self,
        beta: float = 1.0,
        coding: Coding = "one_vs_rest",
        batch_norm: bool = True,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(coding, batch_norm, reduction)
        self.beta = check_number(beta, "beta", "(0, inf)")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return torch.sigmoid(-self.beta * self.margins(logits, labels)).mean(dim=1)


@final
class RampLoss(_MarginLoss):
    """Ramp loss, ``phi(m) = clip((1 - m) / 2, 0, 1)``, batch-normalised unless told otherwise.

    Parameters
    ----------
    coding, batch_norm, reduction
        As in :class:`UnhingedLoss`: **predictions have to use** its output layer.

    See Also
    --------
    UnhingedLoss : The same loss without the clipping.
    SigmoidLoss : A smooth one.

    Notes
    -----
    ``phi(m) + phi(-m) = 1``, the symmetry that makes it robust; it is half the loss of Ghosh,
    Manwani and Sastry, see :class:`SigmoidLoss`. The ramp of the code published with [1]_,
    ``clip(1 - m, 0, 1)``, lacks the symmetry.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.

    Examples
    --------
    >>> import torch
    >>> RampLoss(batch_norm=False)(torch.tensor([[0.5, -0.5]]), torch.tensor([0]))
    tensor(0.2500)
    """

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return ((1 - self.margins(logits, labels)) / 2).clamp(0, 1).mean(dim=1)


@final
class SavageLoss(_MarginLoss):
    """Savage loss, ``phi(m) = 1 / (1 + exp(2 m))^2``, flat for examples far on the wrong side.

    Parameters
    ----------
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0. The loss is the mean of
        phi over the classes.
    softmax : bool, default=False
        Whether the scores s are ``softmax(logits)`` instead of the logits. With
        ``coding="one_hot"`` it is the loss in the code of [2]_.
    reduction : {"mean", "sum", "none"}, default="mean"
        See :class:`Criterion`.

    See Also
    --------
    SigmoidLoss : Its square root, for ``beta=2``.
    RampLoss : Constant outside of an interval.

    References
    ----------
    .. [1] Masnadi-Shirazi, Vasconcelos, "On the Design of Loss Functions for Classification:
       Theory, Robustness to Outliers, and SavageBoost", NIPS 2009.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.

    Examples
    --------
    >>> import torch
    >>> SavageLoss()(torch.tensor([[0.0, 0.0]]), torch.tensor([0]))
    tensor(0.2500)
    """

    def __init__(
        self,
        coding: Coding = "one_vs_rest",
        softmax: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(coding, False, reduction)
        self.softmax = check_flag(softmax, "softmax")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        scores = torch.softmax(logits, dim=1) if self.softmax else logits
        return torch.sigmoid(-2 * self.margins(scores, labels)).square().mean(dim=1)
