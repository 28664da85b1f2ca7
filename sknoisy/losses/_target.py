"""What a criterion is told beside the logits: labels, and what else it may need to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeAlias

from torch import Tensor

from .._hints import SEE_ERRORS

# Fields that a tuple may hold, without their names.
PLAIN_FIELDS = 5


class Target(NamedTuple):
    """Labels of a batch, with what a loss may need to know of each example beside them.

    Parameters
    ----------
    labels : Tensor of int of shape (n,)
        Class indices 0..n_classes-1.
    weight : Tensor of shape (n,), default=None
        Sample weights, of mean 1 over the training set.
    index : Tensor of int of shape (n,), default=None
        Position of each example in the training set, for criteria with `needs_index`.
    matrix : Tensor of int of shape (n,), default=None
        Which matrix of a stack each example goes through, for criteria with
        `needs_transition_matrix`. None takes the first, or only, one.
    fold : Tensor of int of shape (n,), default=None
        Of logits by several members (see :class:`sknoisy.modules.Members`), which member does not
        learn from each example; -1: all do.
    all_labels : Tensor of int of shape (n, n_labels), default=None
        Of soft labels: several class indices of each example, in place of `labels`, which then
        hold one of them for whatever knows no more.
    shares : Tensor of float or bool of shape (n, n_labels), default=None
        How much each of `all_labels` counts; rows sum to 1. The loss of an example is the mean of
        those of its labels with these weights. Booleans mark candidates, of which one is right:
        the loss is minus the logarithm of their probability together, see :class:`Criterion`.

    See Also
    --------
    Criterion : Losses that take it.
    ForwardLoss : Uses `matrix` where T depends on the group.

    Examples
    --------
    >>> import torch
    >>> from sknoisy.losses import ForwardLoss
    >>> stack = [[[0.8, 0.2], [0.2, 0.8]], [[1.0, 0.0], [0.0, 1.0]]]
    >>> target = Target(torch.tensor([0, 0]), matrix=torch.tensor([0, 1]))
    >>> ForwardLoss(stack, reduction="none")(torch.tensor([[9.0, -9.0]] * 2), target)
    tensor([0.2231, 0.0000])
    """

    labels: Tensor
    weight: Tensor | None = None
    index: Tensor | None = None  # type: ignore[assignment]  # Hides a method of tuple.
    matrix: Tensor | None = None
    fold: Tensor | None = None
    all_labels: Tensor | None = None
    shares: Tensor | None = None


TargetLike: TypeAlias = (
    Tensor | Target | tuple[Tensor | None, ...] | list[Tensor | None] | Mapping[str, Tensor]
)


def read_target(target: TargetLike) -> Target:
    """Labels alone, a tuple or list in the order of the fields, or a dict of them, as `Target`.

    Soft labels take a `Target` or a dict. Loaders hand out dicts of those fields that there are:
    they cannot collate None.
    """
    if isinstance(target, Tensor):
        batches = _BATCHES.get()
        return Target(target) if batches is None else batches.full_target(target)
    fields = None
    if isinstance(target, Mapping) and "labels" in target and set(target) <= set(Target._fields):
        fields = Target(**target)
    elif isinstance(target, Target):
        fields = target
    elif (
        isinstance(target, tuple | list)
        and 1 <= len(target) <= PLAIN_FIELDS
        and target[0] is not None
    ):
        fields = Target(*target)
    if (
        fields is None
        or fields.labels is None
        or not all(isinstance(field, Tensor | None) for field in fields)
    ):
        got = type(target).__name__
        if isinstance(target, tuple | list):
            got += f" of length {len(target)}"
        raise TypeError(
            "target must be the labels y, a Target, a tuple (y, weight, index, matrix, fold) of "
            "one to five tensors, of which all but y may be None, or a dict of its fields; "
            f"got {got}. Make arrays tensors first: torch.as_tensor(y). {SEE_ERRORS}"
        )
    return fields


class PlainBatches:
    """Batches whose targets are the labels alone; a criterion given these gets the whole target.

    What stands between a loader and a criterion, callbacks and steps of the user's, then need
    not know that there is more than labels.

    Parameters
    ----------
    batches : iterable with a length
        Pairs of rows and any target but a tuple.
    device : device
        Where the criterion is.

    Examples
    --------
    >>> import torch
    >>> target = {"labels": torch.tensor([0, 1]), "weight": torch.tensor([0.5, 1.5])}
    >>> with PlainBatches([(torch.zeros(2, 3), target)], "cpu").served() as batches:
    ...     for _, labels in batches:
    ...         print(labels, read_target(labels).weight)
    tensor([0, 1]) tensor([0.5000, 1.5000])
    """

    def __init__(self, batches: Any, device: Any) -> None:
        self.batches = batches
        self.device = device
        # A target that no criterion has asked for in full.
        self.unread = False
        self._target: Target | None = None

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for X, target in self.batches:
            self._target = None
            if isinstance(target, Mapping):
                moved = {name: values.to(self.device) for name, values in target.items()}
                self._target = read_target(moved)
                self.unread = True
                yield X, self._target.labels
            else:
                yield X, target

    @contextmanager
    def served(self) -> Iterator[Iterable[tuple[Any, Any]]]:
        """Inside, criteria know the whole target of the labels that they are given."""
        token = _BATCHES.set(self)
        try:
            yield self
        finally:
            _BATCHES.reset(token)

    def full_target(self, labels: Tensor) -> Target:
        """The target that belongs to these labels, if they are those of the batch."""
        target = self._target
        if target is None or labels.shape != target.labels.shape:
            return Target(labels)
        if labels.data_ptr() != target.labels.data_ptr():
            return Target(labels)
        self.unread = False
        return target


_BATCHES: ContextVar[PlainBatches | None] = ContextVar("batches that are trained on", default=None)
