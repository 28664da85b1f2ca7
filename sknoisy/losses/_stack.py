"""Several transition matrices in one loss: each example goes through its own.

A stack has shape (n_matrices, n_classes, n_classes); a single T is a stack of one. An argument
``matrix`` says which of them each example goes through, None being the first for all.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sknoisy._transition import check_transition_matrix

from ._matrix import MatrixLike, as_transition_matrix


def as_transition_matrices(transition_matrix: MatrixLike) -> Tensor:
    """Return T, or a stack of them, as a float64 stack on the CPU, or say what is wrong with it.

    Parameters
    ----------
    transition_matrix : array-like or Tensor of shape ([n_matrices,] n_classes, n_classes)
        Rows of each sum to 1.

    Returns
    -------
    Tensor of shape (n_matrices, n_classes, n_classes)

    Examples
    --------
    >>> as_transition_matrices([[0.9, 0.1], [0.2, 0.8]]).shape
    torch.Size([1, 2, 2])
    """
    if _n_dimensions(transition_matrix) != 3:
        return as_transition_matrix(transition_matrix)[None]
    checked = []
    for g, matrix in enumerate(transition_matrix):  # type: ignore[arg-type]
        if isinstance(matrix, Tensor):
            matrix = as_transition_matrix(matrix).numpy()
        checked.append(check_transition_matrix(matrix, name=f"transition_matrix[{g}]"))
    if not checked:
        raise ValueError("A stack of transition matrices must hold at least one; got none.")
    return torch.from_numpy(np.stack(checked))


def stacked_columns(matrices: Tensor) -> Tensor:
    """Return the columns of a stack as rows: row ``g * n_classes + j`` is column j of matrix g.

    Parameters
    ----------
    matrices : Tensor of shape (n_matrices, n_classes, n_classes)
        Or a single one, of shape (n_classes, n_classes).

    Returns
    -------
    Tensor of shape (n_matrices * n_classes, n_classes)

    Examples
    --------
    >>> stacked_columns(torch.tensor([[0.9, 0.1], [0.2, 0.8]]))
    tensor([[0.9000, 0.2000],
            [0.1000, 0.8000]])
    """
    return matrices.transpose(-2, -1).reshape(-1, matrices.shape[-1])


def rows_in_stack(labels: Tensor, matrix: Tensor | None, n_classes: int) -> Tensor:
    """Return which row of `stacked_columns` belongs to each label and matrix, of shape (n,)."""
    return labels if matrix is None else labels.add(matrix, alpha=n_classes)


def noisy_posteriors(proba: Tensor, matrices: Tensor, matrix: Tensor | None) -> Tensor:
    """Return each row of `proba`, of shape (n, n_classes), times its matrix of the stack."""
    if matrix is None or len(matrices) == 1:
        return proba @ matrices[0]
    return torch.bmm(proba.unsqueeze(1), matrices.index_select(0, matrix)).squeeze(1)


def _n_dimensions(transition_matrix: MatrixLike) -> int:
    if isinstance(transition_matrix, Tensor):
        return transition_matrix.ndim
    try:
        return np.ndim(transition_matrix)
    except ValueError:  # Ragged rows: the check of a single T says what is wrong.
        return 2
