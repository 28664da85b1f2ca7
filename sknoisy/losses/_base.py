"""The abstract criterion: what every loss shares, from reading the target to the reduction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._checks import check_option
from .._hints import SEE_ERRORS
from ._one_by_one import one_by_one
from ._over_labels import over_labels
from ._target import Target, TargetLike, read_target

Reduction: TypeAlias = Literal["mean", "sum", "none"]

# The label that PyTorch's cross-entropy leaves out without a word: one that nobody has.
NO_LABEL = torch.iinfo(torch.int64).min


class Criterion(nn.Module, ABC):
    """Abstract loss on logits, with optional weights and positions of the examples.

    A concrete class implements ``loss(logits, labels)``, one value per example, and is final.
    It serves in a PyTorch loop and as ``criterion`` of a skorch net alike; with
    ``reduction="none"`` it is the loss as a function.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the weighted losses of a batch. ``"mean"`` divides by the number of
        examples, not by the sum of their weights: with weights of mean 1 over the whole training
        set the gradient of a mini-batch then is unbiased, which a division by the weights that
        happen to be in the batch would undo.

    Attributes
    ----------
    needs_index : bool
        Whether `target` must bring the position of each example in the training set; `loss` then
        takes it as the keyword ``index``.
    needs_transition_matrix : bool
        Whether the constructor takes a ``transition_matrix``, one or a stack; `loss` then takes
        the keyword ``matrix``, which of them each example goes through, or None for the first.
    keeps_state : bool
        Whether the loss of a batch depends on earlier batches.
    is_log_loss : bool
        Whether `loss` returns minus the logarithm of a label's probability. Only then an example
        may have several candidates, of which one is right: their probabilities are summed.
    output_layer : torch.nn.Module
        What stands between the network's logits and the loss; the identity for all but the
        batch-normalised losses. Predictions have to pass through it too, in evaluation mode.

    Raises
    ------
    ValueError, TypeError
        If a parameter is outside the range named in its description, or no number.

    See Also
    --------
    CrossEntropy : The simplest subclass.
    Target : What a subclass can get of each example.

    Examples
    --------
    >>> class BrierLoss(Criterion):
    ...     def loss(self, logits, labels):
    ...         proba = logits.softmax(dim=1)
    ...         return proba.square().sum(dim=1) - 2 * proba[range(len(proba)), labels] + 1
    >>> BrierLoss()(torch.zeros(2, 4), (torch.tensor([0, 1]), torch.tensor([2.0, 0.0])))
    tensor(0.7500)
    """

    needs_index: ClassVar[bool] = False
    needs_transition_matrix: ClassVar[bool] = False
    keeps_state: ClassVar[bool] = False

    @property
    def is_log_loss(self) -> bool:
        return False

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.reduction = check_option(reduction, "reduction", ("mean", "sum", "none"))
        self.output_layer: nn.Module = nn.Identity()

    def forget_rows(self) -> None:
        """Drop what is remembered of single training rows; called after the training."""

    def forward(self, logits: Tensor, target: TargetLike) -> Tensor:
        """Return the reduced loss of a batch, or one loss per example with ``reduction="none"``.

        Parameters
        ----------
        logits : tensor of shape (n_samples, n_classes) or (n_samples, n_members, n_classes)
            Outputs of the network, or of several members, each of which has a loss of its own.
        target : int tensor of shape (n_samples,), Target, tuple or dict
            Class indices; or a :class:`Target`, its first fields in their order, or a dict of them.

        Returns
        -------
        tensor
            Scalar; of shape (n_samples,) or (n_samples, n_members) with ``reduction="none"``.

        Raises
        ------
        TypeError, ValueError
            If shapes or types do not fit, or a label is outside the classes, such as -100, which
            PyTorch's losses ignore. On a GPU, where a check would have to wait, such a label
            fails an assertion of the device.
        """
        target, shape = read_target(target), None
        if isinstance(logits, Tensor) and logits.ndim == 3:
            shape = logits.shape[:2]
            logits, target = one_by_one(logits, target, averaged=self.reduction == "mean")
        weight, index, matrix = target.weight, target.index, target.matrix
        logits, labels = check_batch(logits, target.labels)
        self._check_soft(target)
        keywords: dict[str, Any] = {}
        if self.needs_index:
            keywords["index"] = _one_per_example(index, "index", labels)
        if self.needs_transition_matrix:
            keywords["matrix"] = _one_per_example(matrix, "matrix", labels)
        try:
            read = target._replace(labels=labels)
            losses = over_labels(self.loss, self.output_layer(logits), read, **keywords)
        except (IndexError, RuntimeError) as error:
            _explain(error, labels, logits, index, matrix)
            raise
        if weight is not None:
            _one_per_example(weight, "weight", losses)
            losses = losses * weight.to(losses)
        if self.reduction == "mean":
            return losses.mean()
        if self.reduction == "sum":
            return losses.sum()
        return losses if shape is None else losses.reshape(shape)

    def held_out_losses(self, logits: Tensor, target: TargetLike) -> Tensor:
        """Return how badly each example that was not trained on is predicted.

        By these a training is stopped: the loss, or cross-entropy if it depends on what the
        criterion remembers.

        Parameters
        ----------
        logits, target
            As in `forward`, by one network.

        Returns
        -------
        tensor of shape (n_samples,)
            Losses.
        """
        fields = read_target(target)
        logits, labels = check_batch(self.output_layer(single_precision(logits)), fields.labels)
        fields = fields._replace(labels=labels)
        if self.needs_index or self.keeps_state:
            return over_labels(cross_entropies, logits, fields)
        if self.needs_transition_matrix:
            return over_labels(self.loss, logits, fields, matrix=fields.matrix)
        return over_labels(self.loss, logits, fields)

    def _check_soft(self, target: Target) -> None:
        if target.all_labels is not None and (self.needs_index or self.keeps_state):
            raise ValueError(
                f"{type(self).__name__} remembers one label of each example and is not defined "
                f"for soft labels. Take one label per row, or another loss."
                f" {SEE_ERRORS}"
            )
        if target.shares is not None and target.shares.dtype == torch.bool and not self.is_log_loss:
            raise ValueError(
                f"Boolean shares mark candidates, whose probabilities are summed; the loss of "
                f"{type(self).__name__} as it is set is not minus the logarithm of one. Take "
                f'CrossEntropy, or ForwardLoss with base_loss="cross_entropy".'
                f" {SEE_ERRORS}"
            )

    @abstractmethod
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each example.

        A loss with ``needs_index`` or ``needs_transition_matrix`` also takes the keyword `index`
        or `matrix`: that field of :class:`Target`.

        Parameters
        ----------
        logits : tensor of shape (n_samples, n_classes)
            Outputs of the network, before the softmax.
        labels : int64 tensor of shape (n_samples,)
            Class indices.

        Returns
        -------
        tensor of shape (n_samples,)
            Losses.
        """

    def extra_repr(self) -> str:
        """Name the reduction in the representation."""
        return f"reduction={self.reduction!r}"


def check_batch(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Check the shapes; return logits of at least single precision and int64 labels."""
    if not isinstance(logits, Tensor) or not logits.is_floating_point():
        got = logits.dtype if isinstance(logits, Tensor) else type(logits).__name__
        raise TypeError(
            f"logits must be a tensor of floating-point numbers; got {got}. {SEE_ERRORS}"
        )
    if logits.ndim != 2:
        raise ValueError(
            f"logits must have shape (n, n_classes); got {tuple(logits.shape)}. "
            "Give a network for two classes two outputs."
            f" {SEE_ERRORS}"
        )
    if labels.shape != logits.shape[:1]:
        raise ValueError(
            f"target must have shape ({len(logits)},), one class index per row of logits; "
            f"got {tuple(labels.shape)}."
            f" {SEE_ERRORS}"
        )
    if labels.dtype != torch.int64:
        if labels.is_floating_point() or labels.is_complex():
            raise TypeError(
                f"target must hold integer class indices; got {labels.dtype}. "
                f"Encode the labels as 0..n_classes-1 and call .long(). {SEE_ERRORS}"
            )
        labels = labels.long()
    return single_precision(logits), labels


def single_precision(logits: Tensor) -> Tensor:
    """Return the logits in at least single precision.

    Half precision overflows at 65504 and holds three digits: too few for these losses.
    """
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def _one_per_example(values: Tensor | None, name: str, like: Tensor) -> Tensor | None:
    """Return the field `name` of a target if it is None or has the shape of the labels."""
    if values is not None and values.shape != like.shape:
        raise ValueError(
            f"{name} of the target must have shape {tuple(like.shape)}, one per example; got "
            f"{tuple(values.shape)}."
            f" {SEE_ERRORS}"
        )
    return values


def _explain(
    error: Exception, labels: Tensor, logits: Tensor, index: Tensor | None, matrix: Tensor | None
) -> None:
    """Raise what is wrong with a target, looked for only once a loss has failed.

    To look at each batch would cost time, and on a GPU a wait.
    """
    if labels.device.type != "cpu":  # A device that failed an assertion answers no more.
        return
    for name, values in {"index": index, "matrix": matrix}.items():
        if values is not None and (values.is_floating_point() or (values < 0).any()):
            raise ValueError(
                f"{name} of the target must hold integers >= 0; got {values.dtype} from "
                f"{values.min().item()}."
                f" {SEE_ERRORS}"
            ) from error
    outside = (labels < 0) | (labels >= logits.shape[1])
    if outside.any():
        first = labels[outside][0].item()
        hint = " Leave out the examples to ignore, or give them weight 0 and any class."
        raise ValueError(
            f"target must hold class indices from 0 to {logits.shape[1] - 1}, one for each column "
            f"of the logits; got {first}.{hint if first < 0 else ''} {SEE_ERRORS}"
        ) from error
    if matrix is not None and isinstance(error, IndexError):
        raise ValueError(
            f"matrix of the target must number the transition matrices from 0; got "
            f"{matrix.max().item()}: {error}"
            f" {SEE_ERRORS}"
        ) from error


def missing_index(criterion: Criterion) -> ValueError:
    """Return the error of a criterion whose target brought no index."""
    return ValueError(
        f"{type(criterion).__name__} needs target=(y, weight, index), with the position of each "
        f"example in the training set; got no index. {SEE_ERRORS}"
    )


def cross_entropies(logits: Tensor, labels: Tensor) -> Tensor:
    """Return ``-log softmax(h)[y]`` of each example; PyTorch's would ignore those labelled -100."""
    return F.cross_entropy(logits, labels, reduction="none", ignore_index=NO_LABEL)


def pick(values: Tensor, labels: Tensor) -> Tensor:
    """Return ``values[i, labels[i]]`` of each row i."""
    return values.gather(1, labels.unsqueeze(1)).squeeze(1)
