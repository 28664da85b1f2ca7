"""Losses of a margin, made for two classes, on scores that may be batch-normalised.

Unhinged, sigmoid and ramp; Savage, which needs no normalisation, has a file of its own.

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

from ._base import Criterion, Reduction, check_batch, check_choice, check_in, reduce_losses
from ._batch_norm import BatchNorm, batch_normalized

Coding: TypeAlias = Literal["one_vs_rest", "one_hot"]
CODINGS = ("one_vs_rest", "one_hot")


def unhinged_loss(
    logits: Tensor,
    target: Tensor,
    *,
    coding: Coding = "one_vs_rest",
    batch_norm: bool = False,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Unhinged loss, ``phi(m) = 1 - m``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs.
    target : Tensor of shape (n,)
        Class indices y.
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0 as in the code of [2]_.
    batch_norm : bool, default=False
        Whether the scores s are the logits, standardised class by class over this batch. The loss
        has no lower bound without it. The criterion, :class:`UnhingedLoss`, also keeps what
        predictions need.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``: the mean of phi over the classes.

    Raises
    ------
    ValueError
        If a name is unknown, shapes do not fit, or batch_norm is asked of a single example.
    TypeError
        If `target` does not hold integers.

    References
    ----------
    .. [1] van Rooyen, Menon, Williamson, "Learning with Symmetric Label Noise: The Importance of
       Being Unhinged", NIPS 2015.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.

    Examples
    --------
    >>> import torch
    >>> unhinged_loss(torch.tensor([[2.0, -1.0]]), torch.tensor([0]))
    tensor(-0.5000)
    """
    logits, target = check_batch(logits, target)
    scores = batch_normalized(logits) if batch_norm else logits
    return reduce_losses(_unhinged(scores, target, coding), sample_weight, reduction)


def sigmoid_loss(
    logits: Tensor,
    target: Tensor,
    beta: float = 1.0,
    *,
    coding: Coding = "one_vs_rest",
    batch_norm: bool = False,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Sigmoid loss, ``phi(m) = 1 / (1 + exp(beta m))``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs.
    target : Tensor of shape (n,)
        Class indices y.
    beta : float > 0, default=1.0
        Steepness.
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0 as in the code of [2]_.
    batch_norm : bool, default=False
        Whether the scores s are the logits, standardised class by class over this batch, so that
        they do not saturate. The criterion, :class:`SigmoidLoss`, also keeps what predictions
        need.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``: the mean of phi over the classes.

    Raises
    ------
    ValueError
        If `beta` is not positive, a name is unknown, shapes do not fit, or batch_norm is asked of
        a single example.
    TypeError
        If `target` does not hold integers.

    References
    ----------
    .. [1] Ghosh, Manwani, Sastry, "Making Risk Minimization Tolerant to Label Noise",
       Neurocomputing 2015.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5.2.

    Examples
    --------
    >>> import torch
    >>> sigmoid_loss(torch.tensor([[2.0, -2.0]]), torch.tensor([0]))
    tensor(0.1192)
    """
    logits, target = check_batch(logits, target)
    scores = batch_normalized(logits) if batch_norm else logits
    losses = _sigmoid(scores, target, coding, _check_beta(beta))
    return reduce_losses(losses, sample_weight, reduction)


def ramp_loss(
    logits: Tensor,
    target: Tensor,
    *,
    coding: Coding = "one_vs_rest",
    batch_norm: bool = False,
    sample_weight: Tensor | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Ramp loss, ``phi(m) = clip((1 - m) / 2, 0, 1)``.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        The network's outputs.
    target : Tensor of shape (n,)
        Class indices y.
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0.
    batch_norm : bool, default=False
        Whether the scores s are the logits, standardised class by class over this batch: beyond
        margins of +-1 the loss is flat. The criterion, :class:`RampLoss`, also keeps what
        predictions need.
    sample_weight : Tensor of shape (n,), default=None
        Weights of mean 1 over the training set.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by n, not by the sum of the weights.

    Returns
    -------
    Tensor
        A scalar, or of shape (n,) with ``reduction="none"``: the mean of phi over the classes.

    Raises
    ------
    ValueError
        If a name is unknown, shapes do not fit, or batch_norm is asked of a single example.
    TypeError
        If `target` does not hold integers.

    Notes
    -----
    ``phi(m) + phi(-m) = 1``, the symmetry that makes it robust. The ramp of the code published
    with [2]_, ``clip(1 - m, 0, 1)``, lacks it.

    References
    ----------
    .. [1] Ghosh, Manwani, Sastry, "Making Risk Minimization Tolerant to Label Noise",
       Neurocomputing 2015; half the value there.
    .. [2] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.

    Examples
    --------
    >>> import torch
    >>> ramp_loss(torch.tensor([[0.5, -0.5]]), torch.tensor([0]))
    tensor(0.2500)
    """
    logits, target = check_batch(logits, target)
    scores = batch_normalized(logits) if batch_norm else logits
    return reduce_losses(_ramp(scores, target, coding), sample_weight, reduction)


class _ScoreLoss(Criterion):
    """Abstract loss on scores that may be batch-normalised logits.

    Predictions need the scores, not the logits: the loss does not see what a class has on
    average, so that the largest logit means nothing. ``criterion.eval().output_layer(logits)``
    applies the running mean and variance.
    """

    def __init__(self, coding: Coding, batch_norm: bool, reduction: Reduction) -> None:
        super().__init__(reduction)
        check_choice("coding", coding, CODINGS)
        self.coding: Coding = coding
        self.batch_norm = batch_norm
        self.output_layer = BatchNorm() if batch_norm else nn.Identity()


@final
class UnhingedLoss(_ScoreLoss):
    """Criterion of :func:`unhinged_loss`, batch-normalised unless told otherwise.

    Parameters
    ----------
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0.
    batch_norm : bool, default=True
        Whether the logits are standardised, class by class, without a learned scale or offset.
        In training mode over the batch, in evaluation mode by running averages. **Predictions
        have to use** ``criterion.eval().output_layer(logits)``: the logits' own argmax is
        meaningless, since the loss does not see their mean.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `coding` is unknown, or the first batch that is normalised has one example only.

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

    def __init__(
        self,
        coding: Coding = "one_vs_rest",
        batch_norm: bool = True,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(coding, batch_norm, reduction)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _unhinged(logits, target, self.coding)


@final
class SigmoidLoss(_ScoreLoss):
    """Criterion of :func:`sigmoid_loss`, batch-normalised unless told otherwise.

    Parameters
    ----------
    beta : float > 0, default=1.0
        Steepness.
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0.
    batch_norm : bool, default=True
        Whether the logits are standardised, class by class; predictions then have to use
        ``criterion.eval().output_layer(logits)``. See :class:`UnhingedLoss`.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `beta` is not positive, `coding` is unknown, or the first batch that is normalised has
        one example only.

    Examples
    --------
    >>> import torch
    >>> criterion = SigmoidLoss(batch_norm=False)
    >>> criterion(torch.tensor([[2.0, -2.0]]), torch.tensor([0]))
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
        self.beta = _check_beta(beta)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _sigmoid(logits, target, self.coding, self.beta)


@final
class RampLoss(_ScoreLoss):
    """Criterion of :func:`ramp_loss`, batch-normalised unless told otherwise.

    Parameters
    ----------
    coding : {"one_vs_rest", "one_hot"}, default="one_vs_rest"
        Margins: ``s_y`` for the label and for the others ``-s_k``, or 0.
    batch_norm : bool, default=True
        Whether the logits are standardised, class by class; predictions then have to use
        ``criterion.eval().output_layer(logits)``. See :class:`UnhingedLoss`.
    reduction : {"mean", "sum", "none"}, default="mean"
        ``"mean"`` divides by the number of examples, not by the sum of their weights.

    Raises
    ------
    ValueError
        If `coding` is unknown, or the first batch that is normalised has one example only.

    Examples
    --------
    >>> import torch
    >>> RampLoss(batch_norm=False)(torch.tensor([[0.5, -0.5]]), torch.tensor([0]))
    tensor(0.2500)
    """

    def __init__(
        self,
        coding: Coding = "one_vs_rest",
        batch_norm: bool = True,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(coding, batch_norm, reduction)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return _ramp(logits, target, self.coding)


def margins_of(scores: Tensor, target: Tensor, coding: Coding) -> Tensor:
    """Return the margin of each class, of shape (n, n_classes)."""
    check_choice("coding", coding, CODINGS)
    others = -1.0 if coding == "one_vs_rest" else 0.0
    signs = scores.new_full(scores.shape, others).scatter_(1, target.unsqueeze(1), 1.0)
    return signs * scores


def _unhinged(scores: Tensor, target: Tensor, coding: Coding) -> Tensor:
    return 1 - margins_of(scores, target, coding).mean(dim=1)


def _sigmoid(scores: Tensor, target: Tensor, coding: Coding, beta: float) -> Tensor:
    return torch.sigmoid(-beta * margins_of(scores, target, coding)).mean(dim=1)


def _ramp(scores: Tensor, target: Tensor, coding: Coding) -> Tensor:
    return ((1 - margins_of(scores, target, coding)) / 2).clamp(0, 1).mean(dim=1)


def _check_beta(beta: float) -> float:
    if beta == 0:
        raise ValueError("beta must be positive; got 0, which makes the loss constant.")
    return check_in("beta", beta, 0, float("inf"))
