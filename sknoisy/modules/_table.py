"""Networks for tables of any scale: the default of the estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from .._checks import check_number, check_sizes
from ._columns import location_and_scale, sparse_scale
from ._mlp import MLP
from ._sparse_product import sparse_product


class ColumnScaling(nn.Module):
    """Bring each column of a table to location 0 and scale 1, and its outliers near.

    ``limit * tanh((x - location) / (limit * scale))``, with statistics that stay what they were at
    the first training: nothing is learned. An estimator of sknoisy sets them from its training
    rows, wherever the network has this layer, unless these are a Dataset; before, rows pass as
    they are, but for `limit`.

    Parameters
    ----------
    n_features : int
        Number of columns.
    limit : float > 0, default=10.0
        What outliers tend to, in scales from the location.
    dtype : torch.dtype, default=None
        Type of the rows; default PyTorch's default type.

    Attributes
    ----------
    location, factor : Tensor of shape (n_features,)
        Median, and 1.349 over the distance of the quartiles; mean and 1 over the standard
        deviation where the quartiles are the same. The factor of a constant column is 0.

    Examples
    --------
    >>> import numpy as np
    >>> layer = ColumnScaling(n_features=2)
    >>> layer.fit_columns(np.array([[1e6, 5], [2e6, 5], [3e6, 5]]))
    >>> layer(torch.tensor([[2e6, 5.0]])).tolist()
    [[0.0, 0.0]]
    """

    location: Tensor
    factor: Tensor

    def __init__(
        self, n_features: int, limit: float = 10.0, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        self.limit = check_number(limit, "limit", "(0, inf]")
        self.register_buffer("location", torch.zeros(n_features, dtype=dtype))
        self.register_buffer("factor", torch.ones(n_features, dtype=dtype))

    def fit_columns(self, X: Any, sample_weight: ArrayLike | None = None) -> None:
        """Set the statistics from rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
            Rows.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts.
        """
        precision = torch.finfo(self.location.dtype).eps
        location, scale = location_and_scale(X, _weights(sample_weight, X), precision)
        self.location.copy_(torch.from_numpy(location))
        self.factor.copy_(torch.from_numpy(1 / scale))

    def forward(self, X: Tensor) -> Tensor:
        """Scale rows of shape (n_samples, n_features)."""
        return self.limit * torch.tanh((X - self.location) * (self.factor / self.limit))


class TableMLP(MLP):
    """The MLP behind a :class:`ColumnScaling`: takes tables of any scale.

    What estimators train where none is given and X is a table.

    Parameters
    ----------
    n_features, n_classes, hidden_sizes, dropout, dtype
        As for :class:`MLP`.

    Examples
    --------
    >>> TableMLP(n_features=4, n_classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        hidden_sizes: Sequence[int] = (128, 128),
        dropout: float = 0.0,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(n_features, n_classes, hidden_sizes, dropout, dtype)
        self.scaling = ColumnScaling(n_features, dtype=dtype)

    def forward(self, X: Tensor) -> Tensor:
        """Map rows of shape (n_samples, n_features) to logits of shape (n_samples, n_classes)."""
        return super().forward(self.scaling(X))


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
        """Set the scales from the rows of an array or sparse matrix, as :class:`ColumnScaling`."""
        rows = csr_matrix(X)
        weights = _weights(sample_weight, rows)
        n_entries = np.average(np.diff(rows.indptr), weights=weights)
        factor = 1 / (sparse_scale(rows, weights) * np.sqrt(max(n_entries, 1)))
        self.factor.copy_(torch.from_numpy(factor))

    def forward(self, X: Tensor) -> Tensor:
        """Map rows, dense or CSR, to logits of shape (n_samples, n_classes)."""
        outputs = sparse_product(X, self.weight * self.factor) + self.bias
        return torch.cat([-outputs, outputs], dim=1) if outputs.shape[1] == 1 else outputs


def _weights(sample_weight: ArrayLike | None, X: Any) -> Any:
    if sample_weight is None:
        return np.ones(X.shape[0])
    return np.asarray(sample_weight, dtype=np.float64)
