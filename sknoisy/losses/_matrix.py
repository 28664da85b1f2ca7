"""Transition matrices on their way into a loss: checked once, cast once, looked up by example.

A stack has shape (n_matrices, n_classes, n_classes); a single T is a stack of one. An argument
``matrix`` says which of them each example goes through, None being the first for all.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from .._hints import SEE_ERRORS
from .._transition import check_transition_matrix

MatrixLike: TypeAlias = ArrayLike | Tensor


def as_transition_matrices(transition_matrix: MatrixLike) -> Tensor:
    """Return T, or a stack of them, as a float64 stack on the CPU, or say what is wrong with it."""
    if _n_dimensions(transition_matrix) != 3:
        return torch.from_numpy(_checked(transition_matrix, "transition_matrix")[None])
    matrices = [
        _checked(matrix, f"transition_matrix[{g}]")
        for g, matrix in enumerate(transition_matrix)  # type: ignore[arg-type]
    ]
    if not matrices:
        raise ValueError(
            f"A stack of transition matrices must hold at least one; got none. {SEE_ERRORS}"
        )
    return torch.from_numpy(np.stack(matrices))


def _checked(transition_matrix: MatrixLike, name: str) -> np.ndarray:
    if isinstance(transition_matrix, Tensor):
        if transition_matrix.requires_grad:
            raise ValueError(
                "transition_matrix is a constant of the loss, but the tensor given requires a "
                "gradient, which it would never get; pass transition_matrix.detach()."
                f" {SEE_ERRORS}"
            )
        transition_matrix = transition_matrix.cpu().numpy()
    return check_transition_matrix(transition_matrix, name=name)


def _n_dimensions(transition_matrix: MatrixLike) -> int:
    if isinstance(transition_matrix, Tensor):
        return transition_matrix.ndim
    try:
        return np.ndim(transition_matrix)
    except ValueError:  # Ragged rows: the check of a single T says what is wrong.
        return 2


def stacked_columns(matrices: Tensor) -> Tensor:
    """Return the columns of a stack as rows: row ``g * n_classes + j`` is column j of matrix g."""
    return matrices.transpose(-2, -1).reshape(-1, matrices.shape[-1])


def rows_in_stack(labels: Tensor, matrix: Tensor | None, table: Tensor) -> Tensor:
    """Return which row of a table like `stacked_columns` belongs to each label and matrix."""
    n_classes = table.shape[1]
    if matrix is None and len(table) == n_classes:
        return labels
    rows = labels if matrix is None else labels.add(matrix, alpha=n_classes)
    # A label outside the classes must not name a row of another matrix; row -1 is refused.
    return torch.where((labels >= 0) & (labels < n_classes), rows, -1)


def noisy_posteriors(proba: Tensor, matrices: Tensor, matrix: Tensor | None) -> Tensor:
    """Return each row of `proba`, of shape (n, n_classes), times its matrix of the stack."""
    if matrix is None or len(matrices) == 1:
        return proba @ matrices[0]
    return torch.bmm(proba.unsqueeze(1), matrices.index_select(0, matrix)).squeeze(1)


class Constant(nn.Module):
    """A float64 tensor of shape (..., n_classes), in the dtype and on the device of the logits.

    Not a buffer: a cast per batch would cost more than the loss itself, and ``criterion.half()``
    would degrade the only copy. The latest cast is kept; the logits say where it must be.
    """

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value
        self._cast = value

    def like(self, logits: Tensor) -> Tensor:
        """Return the value in the dtype and on the device of logits of as many classes."""
        cast = self._cast
        if cast.shape[-1] != logits.shape[1]:
            raise ValueError(
                f"logits must have {cast.shape[-1]} columns, one per class of the "
                f"transition_matrix; got shape {tuple(logits.shape)}. {SEE_ERRORS}"
            )
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
