"""Networks and linear models for one table, averaged."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .._hints import SEE_ERRORS
from ._members import Members
from ._table import TableMLP


class MixedTableMLP(Members):
    """Fully connected networks and as many linear models for a table, averaged.

    What estimators return for a table of more than 200 columns where the mean of both posteriors
    predicts left-out labels about as well as the better kind. They err in different rows.

    Parameters
    ----------
    n_features, n_classes, hidden_sizes, dropout, n_pieces, dtype
        As for :class:`TableMLP`; those of the networks.
    n_members : int, default=2
        Number of networks and linear models together, an even one. The networks come first.

    See Also
    --------
    TableMLP : Members of one kind.
    Members : The base class.

    Examples
    --------
    >>> MixedTableMLP(n_features=4, n_classes=3, n_members=4)(torch.zeros(2, 4)).shape
    torch.Size([2, 4, 3])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        hidden_sizes: Sequence[int] = (128, 128),
        dropout: float = 0.4,
        n_pieces: int | str = "auto",
        n_members: int = 2,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(n_members)
        if n_members % 2:
            raise ValueError(
                f"n_members of MixedTableMLP must be even, half of them networks and half of them "
                f"linear models; got {n_members}. {SEE_ERRORS}"
            )
        half = n_members // 2
        self.networks = TableMLP(
            n_features, n_classes, hidden_sizes, dropout, n_pieces, half, dtype=dtype
        )
        self.linear = TableMLP(n_features, n_classes, (), 0.0, 0, half, dtype=dtype)

    def logits_of_each(self, X: Tensor) -> Tensor:
        return torch.cat([self.networks.logits_of_each(X), self.linear.logits_of_each(X)], dim=1)

    def logits_of(self, member: int, X: Tensor) -> Tensor:
        part, place = self._part_of(member)
        return part.logits_of(place, X)

    def state_of(self, member: int) -> list[Tensor]:
        part, place = self._part_of(member)
        return part.state_of(place)

    def _part_of(self, member: int) -> tuple[TableMLP, int]:
        half = self.n_members // 2
        return (self.networks, member) if member < half else (self.linear, member - half)
