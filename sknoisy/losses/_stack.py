"""Several transition matrices in one loss: each example goes through its own.

A stack has shape (n_matrices, n_classes, n_classes); the target of an example with label j that
goes through matrix g is ``g * n_classes + j``. A single T is a stack of one, whose targets are
the labels themselves.
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


def mix_by_target(proba: Tensor, target: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row of `proba` times the matrix of its target, and the label in it.

    Parameters
    ----------
    proba : Tensor of shape (n, n_classes)
        Clean posteriors.
    target : Tensor of shape (n,)
        ``g * n_classes + j``.
    matrices : Tensor of shape (n_matrices, n_classes, n_classes)
        The stack.

    Returns
    -------
    noisy_proba : Tensor of shape (n, n_classes)
    label : Tensor of shape (n,)

    Examples
    --------
    >>> stack = torch.stack([torch.eye(2), torch.full((2, 2), 0.5)])
    >>> mix_by_target(torch.tensor([[1.0, 0.0]]), torch.tensor([3]), stack)
    (tensor([[0.5000, 0.5000]]), tensor([1]))
    """
    if len(matrices) == 1:
        return proba @ matrices[0], target
    K = matrices.shape[-1]
    own = matrices.index_select(0, torch.div(target, K, rounding_mode="floor"))
    return torch.bmm(proba.unsqueeze(1), own).squeeze(1), target % K


def _n_dimensions(transition_matrix: MatrixLike) -> int:
    if isinstance(transition_matrix, Tensor):
        return transition_matrix.ndim
    try:
        return np.ndim(transition_matrix)
    except ValueError:  # Ragged rows: the check of a single T says what is wrong.
        return 2
