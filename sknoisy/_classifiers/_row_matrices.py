"""Which row of the training set goes through which transition matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class RowMatrices(NamedTuple):
    """Several T, and for each row the position of its own among them.

    The corrected losses take the stack as their `transition_matrix` and the result of `targets`
    as labels.

    Parameters
    ----------
    matrices : ndarray of shape (n_matrices, n_classes, n_classes)
        ``matrices[g, i, j] = P(noisy = j | clean = i)`` in group g; rows sum to 1.
    which : ndarray of int of shape (n_samples,)
        The matrix of each row.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.8, 0.2], [0.2, 0.8]])
    >>> rows = RowMatrices.alike(T, 3).with_identity(np.array([2]))
    >>> rows.matrices.shape, rows.targets(np.array([0, 1, 1]))
    ((2, 2, 2), array([0, 1, 3]))
    """

    matrices: NDArray[np.float64]
    which: NDArray[np.intp]

    @classmethod
    def alike(cls, transition_matrix: NDArray[np.float64], n_samples: int) -> RowMatrices:
        """The same T for every row."""
        return cls(transition_matrix[None], np.zeros(n_samples, dtype=np.intp))

    def targets(self, y: NDArray[np.integer]) -> NDArray[np.intp]:
        """What the loss is told in place of the labels: ``which * n_classes + y``."""
        return self.which * self.matrices.shape[1] + y

    def columns(self, y: NDArray[np.integer]) -> NDArray[np.float64]:
        """``P(noisy = y | clean = k)`` of each row, of shape (n_samples, n_classes)."""
        return self.matrices.transpose(0, 2, 1)[self.which, y]

    def with_identity(self, rows: NDArray[np.intp]) -> RowMatrices:
        """The same, but the labels of some rows are known to be right."""
        which = self.which.copy()
        which[rows] = len(self.matrices)
        identity = np.eye(self.matrices.shape[1])
        return RowMatrices(np.concatenate([self.matrices, identity[None]]), which)

    def uncorrected(self) -> NDArray[np.float64]:
        """A stack of identities, with which the loss for the same targets is the plain one."""
        return np.broadcast_to(np.eye(self.matrices.shape[1]), self.matrices.shape).copy()

    def mean(self, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """The average T over the rows, of shape (n_classes, n_classes)."""
        share = np.bincount(self.which, weights, minlength=len(self.matrices))
        return np.einsum("g,gij->ij", share / share.sum(), self.matrices)

    def impossible(self, y: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Rows whose label has probability zero for every class in their matrix."""
        return (self.matrices.sum(axis=1) == 0)[self.which, y]
