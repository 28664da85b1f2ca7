"""Networks for tables of any scale: the default of the estimators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from .._checks import check_integer, check_number, check_sizes
from ._columns import location_and_scale, row_weights, sample_of_rows, weighted_quantiles
from ._initialization import he_linear
from ._members import Members
from ._mlp import check_hidden_sizes
from ._trees import Trees

# Pieces of each column, and of all columns together.
N_PIECES, MOST_PIECES = 8, 1024
# In limits: beyond, rows are as good as at the limit, and squares stay finite.
FAR = 1e6


class ColumnScaling(nn.Module):
    """Bring each column of a table to location 0 and scale 1, and its outliers near.

    ``limit * u / sqrt(1 + u**2)`` with ``u = (x - location) / (limit * scale)``. The statistics
    stay what they were at the first training: nothing is learned. An estimator of sknoisy sets
    them from its training rows, wherever the network has this layer, unless these are a Dataset;
    before, rows pass as they are, but for `limit`.

    Parameters
    ----------
    n_features : int
        Number of columns.
    limit : finite float > 0, default=10.0
        What outliers tend to, in scales from the location.
    dtype : torch.dtype, default=None
        Type of the rows; default PyTorch's default type.

    Attributes
    ----------
    location, factor : Tensor of shape (n_features,)
        Median, and 1.349 over the distance of the quartiles; mean and 1 over the standard
        deviation where the quartiles are the same. The factor of a constant column is 0.

    See Also
    --------
    TableMLP : Networks behind it.
    PiecewiseLinear : A finer encoding of each column.
    sklearn.preprocessing.RobustScaler : A similar step of a Pipeline.

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
        self.limit = check_number(limit, "limit", "(0, inf)")
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
        location, scale = location_and_scale(X, row_weights(sample_weight, X), precision)
        self.location.copy_(torch.from_numpy(location))
        self.factor.copy_(torch.from_numpy(1 / scale))

    def forward(self, X: Tensor) -> Tensor:
        """Scale the columns of rows.

        Parameters
        ----------
        X : tensor of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tensor of the same shape
            Scaled rows, of entries between ``-limit`` and ``limit``.
        """
        # In place where it can be: new tensors of this size take most of the time.
        scaled = (X - self.location).mul_(self.factor / self.limit).clamp_(-FAR, FAR)
        return scaled * (self.limit / (scaled * scaled).add_(1).sqrt_())


class PiecewiseLinear(nn.Module):
    """Where a value lies within each of the pieces that quantiles cut its column into.

    From 0 at the lower end of a piece, and below, to 1 at its upper end, and above; less the mean
    over the training rows. A network sees steps and bends of a column then without having to
    learn them. Set by `fit_pieces`; before, and for empty pieces, all is zero.

    Parameters
    ----------
    n_features, n_pieces : int
        Number of columns, and of pieces of each.
    dtype : torch.dtype, default=None
        Type of the rows; default PyTorch's default type.

    See Also
    --------
    ColumnScaling : Scales the columns.
    TableMLP : Networks behind both.
    sklearn.preprocessing.KBinsDiscretizer : Bins without a place inside of them.

    References
    ----------
    Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning",
    NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> layer = PiecewiseLinear(n_features=1, n_pieces=2)
    >>> layer.fit_pieces(np.array([[0.0], [1.0], [4.0]]))
    >>> (layer(torch.tensor([[0.5], [4.0]])) + layer.mean).tolist()
    [[0.5, 0.0], [1.0, 1.0]]
    """

    lower: Tensor
    factor: Tensor
    mean: Tensor

    def __init__(self, n_features: int, n_pieces: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_pieces=n_pieces)
        self.register_buffer("lower", torch.zeros(n_features, n_pieces, dtype=dtype))
        self.register_buffer("factor", torch.zeros(n_features, n_pieces, dtype=dtype))
        self.register_buffer("mean", torch.zeros(n_features * n_pieces, dtype=dtype))

    def fit_pieces(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Set the pieces from rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts.
        """
        X = np.asarray(X, dtype=np.float64)
        weights = row_weights(sample_weight, X)
        n_pieces = self.lower.shape[1]
        ends = np.array(weighted_quantiles(X, weights, tuple(np.linspace(0, 1, n_pieces + 1)))).T
        width = np.diff(ends, axis=1)
        narrow = 4 * torch.finfo(self.lower.dtype).eps * np.abs(ends).max(axis=1, keepdims=True)
        factor = np.divide(1, width, out=np.zeros(width.shape), where=width > narrow)
        self.lower.copy_(torch.from_numpy(ends[:, :-1].copy()))
        self.factor.copy_(torch.from_numpy(factor))
        self.mean.zero_()
        shares = self(torch.from_numpy(X).to(self.lower))
        parts = torch.from_numpy(weights / weights.sum()).to(shares)
        self.mean.copy_(parts @ shares)

    def forward(self, X: Tensor) -> Tensor:
        """Encode rows by where their values lie within the pieces.

        Parameters
        ----------
        X : tensor of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        tensor of shape (n_samples, n_features * n_pieces)
            The pieces of the first column, then those of the second, and so on.
        """
        shares = ((X.unsqueeze(2) - self.lower) * self.factor).clamp(0, 1)
        return shares.flatten(1) - self.mean


class TableMLP(Members):
    """Fully connected ReLU networks, one or several, behind a :class:`ColumnScaling`.

    What estimators train where none is given and X is a table, of any scale. The weights of all
    members are stacked, so that several cost little more than one. Without hidden layers they are
    linear models, whose weights start at zero. Estimators may give each member trees beside its
    network: in evaluation its posterior is the geometric mean of both.

    Parameters
    ----------
    n_features, n_classes, hidden_sizes, dtype
        As for :class:`MLP`.
    dropout : float in [0, 1), default=0.4
        Share of hidden units dropped after each ReLU while training, of a row the same in all
        members.
    n_pieces : int or "auto", default="auto"
        Each column goes in scaled, and also cut into so many pieces, see
        :class:`PiecewiseLinear`; "auto": 8, fewer where there are more than 128 columns, so that
        there are no more than 1024 pieces, 0 from 1024.
    n_members : int, default=1
        Number of networks, see :class:`Members`.

    See Also
    --------
    MLP : One network without the scaling.
    ColumnScaling : The scaling of its columns.
    PiecewiseLinear : The encoding of its columns.

    Examples
    --------
    >>> TableMLP(n_features=4, n_classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    >>> TableMLP(n_features=4, n_classes=3, n_members=5)(torch.zeros(2, 4)).shape
    torch.Size([2, 5, 3])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        hidden_sizes: Sequence[int] = (128, 128),
        dropout: float = 0.4,
        n_pieces: int | str = "auto",
        n_members: int = 1,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(n_members)
        check_sizes(n_features=n_features, n_classes=n_classes)
        check_number(dropout, "dropout", "[0, 1)")
        auto = min(N_PIECES, MOST_PIECES // n_features)
        n_pieces = auto if n_pieces == "auto" else check_integer(n_pieces, "n_pieces", 0)
        self.n_features = n_features
        self.dropout = dropout
        self.scaling = ColumnScaling(n_features, dtype=dtype)
        self.pieces = PiecewiseLinear(n_features, n_pieces, dtype) if n_pieces else None
        n_inputs = n_features * (1 + n_pieces)
        sizes = [n_inputs, *check_hidden_sizes(hidden_sizes), n_classes]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for position, (n_in, n_out) in enumerate(pairwise(sizes), start=2):
            make = he_linear if position < len(sizes) else nn.Linear
            layers = [make(n_in, n_out, dtype=dtype) for _ in range(n_members)]
            weight = torch.stack([layer.weight.detach().T for layer in layers])
            bias = torch.stack([layer.bias.detach() for layer in layers])
            self.weights.append(nn.Parameter(weight.contiguous()))
            self.biases.append(nn.Parameter(bias.unsqueeze(1)))
        if len(sizes) == 2:  # What lies in directions that no row takes would stay.
            nn.init.zeros_(self.weights[0])
            nn.init.zeros_(self.biases[0])
        self.trees = Trees(n_classes, n_members, dtype)

    def fit_columns(self, X: Any, sample_weight: ArrayLike | None = None) -> None:
        """Set scales and pieces from rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
            Rows.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts.
        """
        self.scaling.fit_columns(X, sample_weight)
        if self.pieces is not None:
            rows = sample_of_rows(X, row_weights(sample_weight, X))
            scaled = self.scaling(torch.tensor(rows.values).to(self.scaling.location))
            self.pieces.fit_pieces(scaled.double().numpy(force=True), rows.weights)

    def encoded(self, X: Tensor) -> Tensor:
        """The columns as the networks see them, scaled and in pieces."""
        return self._with_pieces(self.scaling(X))

    def logits_of_each(self, X: Tensor) -> Tensor:
        scaled = self.scaling(X)
        rows = self._with_pieces(scaled)
        if len(self.weights) == 1:
            logits = self._linear(rows)
        else:
            rows = rows.expand(self.n_members, -1, -1)
            logits = self._mapped(rows, self.weights, self.biases).transpose(0, 1)
        return self._beside_trees(logits, scaled)

    def logits_of(self, member: int, X: Tensor) -> Tensor:
        one, scaled = slice(member, member + 1), self.scaling(X)
        weights, biases = ([part[one] for part in parts] for parts in (self.weights, self.biases))
        logits = self._mapped(self._with_pieces(scaled).unsqueeze(0), weights, biases).squeeze(0)
        return self._beside_trees(logits, scaled, member)

    def _with_pieces(self, scaled: Tensor) -> Tensor:
        return scaled if self.pieces is None else torch.cat([scaled, self.pieces(scaled)], dim=1)

    def _beside_trees(self, logits: Tensor, scaled: Tensor, member: int | None = None) -> Tensor:
        """Logits of the geometric mean of the posteriors of networks and trees, if there are any.

        Trees stand aside in training, which they are no part of.
        """
        if self.training or not len(self.trees):
            return logits
        return (torch.log_softmax(logits, dim=-1) + self.trees(scaled, member)) / 2

    def state_of(self, member: int) -> list[Tensor]:
        return [part.data[member] for part in (*self.weights, *self.biases)]

    def _linear(self, rows: Tensor) -> Tensor:
        """All members by one product: for as few outputs it takes a fifth of the time of five."""
        weight, bias = self.weights[0], self.biases[0]
        outputs = rows @ weight.transpose(0, 1).flatten(1)
        return outputs.unflatten(1, (self.n_members, -1)) + bias.squeeze(1)

    def _mapped(
        self, hidden: Tensor, weights: Iterable[Tensor], biases: Iterable[Tensor]
    ) -> Tensor:
        """Logits of shape (n_members, n_samples, n_classes)."""
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            if layer > 0:
                hidden = torch.relu(hidden)
                if self.dropout and self.training:
                    # The same units of all members: random numbers are what takes time.
                    kept = hidden.new_ones(hidden.shape[1:])
                    hidden = hidden * nn.functional.dropout(kept, self.dropout)
            hidden = torch.baddbmm(bias, hidden, weight)
        return hidden
