"""A linear model for wide sparse rows: the default of the estimators there."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from .._checks import check_sizes
from ._columns import row_weights, sparse_scale
from ._sparse_product import sparse_product


class SparseLinear(nn.Module):
    """A linear model whose cost grows with the non-zero entries of its rows.

    What estimators train where none is given and X is sparse and wide. Columns are divided by the
    root mean square of their non-zero entries, and rows by the root of the mean number of these.
    Two classes share one weight vector, in opposite directions.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of inputs and of logits; estimators fill them in from X and y.
    dtype : torch.dtype, default=None
        Type of weights and inputs; default PyTorch's default type.

    Attributes
    ----------
    takes_sparse : bool
        True: a net passes batches of a sparse X on as sparse CSR tensors, to a module of any class
        that says so.

    See Also
    --------
    Perceptron : The linear model for dense rows.
    TableMLP : With hidden layers.

    Examples
    --------
    >>> SparseLinear(n_features=4, n_classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    takes_sparse = True
    factor: Tensor

    def __init__(self, n_features: int, n_classes: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes)
        n_outputs = 1 if n_classes == 2 else n_classes
        self.weight = nn.Parameter(torch.zeros(n_outputs, n_features, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(n_outputs, dtype=dtype))
        self.register_buffer("factor", torch.ones(n_features, dtype=dtype))

    def fit_columns(self, X: Any, sample_weight: ArrayLike | None = None) -> None:
        """Set the scales of the columns from rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
            Rows.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts.
        """
        rows = csr_matrix(X)
        weights = row_weights(sample_weight, rows)
        n_entries = np.average(np.diff(rows.indptr), weights=weights)
        factor = 1 / (sparse_scale(rows, weights) * np.sqrt(max(n_entries, 1)))
        self.factor.copy_(torch.from_numpy(factor))

    def forward(self, X: Tensor) -> Tensor:
        """Map rows to logits.

        Parameters
        ----------
        X : dense or CSR tensor of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        outputs = sparse_product(X, self.weight * self.factor) + self.bias
        return torch.cat([-outputs, outputs], dim=1) if outputs.shape[1] == 1 else outputs
