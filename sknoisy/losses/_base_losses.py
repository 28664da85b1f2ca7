"""The losses that can be corrected, or combined: by name, or any callable.

A callable takes log-probabilities of shape (n, n_classes) and returns losses of the same shape:
entry k of a row is the loss if the label were k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from torch import Tensor

from .._hints import SEE_ERRORS
from ._base import pick

VectorLoss: TypeAlias = Callable[[Tensor], Tensor]
BaseLoss: TypeAlias = Literal["cross_entropy", "squared_error"] | VectorLoss

BASE_LOSSES = ("cross_entropy", "squared_error")


def check_base_loss(
    base_loss: Any, name: str = "base_loss", names: Iterable[str] = BASE_LOSSES
) -> Any:
    """Return `base_loss` if it is a known name or a callable."""
    if callable(base_loss) or (isinstance(base_loss, str) and base_loss in tuple(names)):
        return base_loss
    raise ValueError(
        f"{name} must be one of {tuple(names)}, or a callable from log-probabilities of shape "
        f"(n, n_classes) to losses of the same shape; got {base_loss!r}."
        f" {SEE_ERRORS}"
    )


def vector_of_losses(base_loss: VectorLoss, log_proba: Tensor) -> Tensor:
    """Return the losses of every label, of shape (n, n_classes)."""
    losses = base_loss(log_proba)
    if losses.shape != log_proba.shape:
        raise ValueError(
            "base_loss must return one loss per example and possible label, of shape "
            f"{tuple(log_proba.shape)}; got {tuple(losses.shape)}."
            f" {SEE_ERRORS}"
        )
    return losses


def squared_errors(proba: Tensor, labels: Tensor) -> Tensor:
    """Return ``sum_k (p_k - 1[k = y])^2`` of each row, of shape (n,)."""
    return proba.square().sum(dim=1) - 2 * pick(proba, labels) + 1
