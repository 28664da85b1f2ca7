"""The transition matrix on its way into a loss: checked once, cast once."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from sknoisy._transition import check_transition_matrix

MatrixLike: TypeAlias = ArrayLike | Tensor


def as_transition_matrix(transition_matrix: MatrixLike) -> Tensor:
    """Return T as a float64 tensor on the CPU, or say what is wrong with it."""
    if isinstance(transition_matrix, Tensor):
        if transition_matrix.requires_grad:
            raise ValueError(
                "transition_matrix is a constant of the loss, but the tensor given requires a "
                "gradient, which it would never get; pass transition_matrix.detach()."
            )
        transition_matrix = transition_matrix.cpu().numpy()
    return torch.from_numpy(check_transition_matrix(transition_matrix))


def check_n_classes(logits: Tensor, n_classes: int) -> None:
    """Raise unless the logits have one column per class of T."""
    if logits.shape[1] != n_classes:
        raise ValueError(
            f"logits must have {n_classes} columns, one per class of the transition_matrix; "
            f"got shape {tuple(logits.shape)}."
        )


class Constant(nn.Module):
    """A float64 tensor, handed out in the dtype and on the device of the logits.

    Not a buffer: a cast per batch would cost more than the loss itself, and ``criterion.half()``
    would degrade the only copy. The latest cast is kept; the logits say where it must be.
    """

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value
        self._cast = value

    def like(self, logits: Tensor) -> Tensor:
        """Return the value in the dtype and on the device of `logits`."""
        cast = self._cast
        if cast.dtype != logits.dtype or cast.device != logits.device:
            cast = self._cast = self.value.to(logits)
        return cast

    def _apply(self, *args: Any, **kwargs: Any) -> Constant:
        # The criterion moves; a cast must not keep memory on the device that it leaves.
        self._cast = self.value
        return self

    def __getstate__(self) -> dict[str, Any]:
        # A cast on a GPU must not keep the pickle from loading where there is none.
        return {**vars(self), "_cast": self.value}
