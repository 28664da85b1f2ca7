"""Those of several nets by which the labels of left-out rows are likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .._iterators import RepeatedRows
from .._net import HeldOut, can_be_averaged, fit_net, held_out_loss, left_out_losses
from .._validation import take_rows

# So many rows tell networks from linear models as well as more do, where it matters.
RACE_ROWS = 5000


def fit_likeliest(
    nets: Sequence[Any],
    X: Any,
    y: NDArray[np.integer],
    sample_weight: NDArray[np.float64] | None = None,
    *,
    matrix: NDArray[np.integer] | None = None,
    held_out: HeldOut | None = None,
    seed: int,
    together: bool = False,
    **training: Any,
) -> list[Any]:
    """Train as `fit_net` does; of several nets return the one whose left-out rows have least loss.

    If they may be taken `together`, all are returned where their mean posterior has no clearly
    larger loss: by a standard error, and one more for each doubling of the part of very many rows
    that chooses among single members. What wins alone sees all rows.
    """
    rows = some_rows(X, len(y), RACE_ROWS, seed)

    def train(net: Any, among: NDArray[np.intp] | None, held_out: HeldOut | None) -> Any:
        part = _part(X, y, sample_weight, matrix, among)
        return fit_net(net, *part[:3], matrix=part.matrix, held_out=held_out, seed=seed, **training)

    if len(nets) == 1 or held_out is None:
        return [train(net, None, held_out) for net in nets[:1]]
    if len(rows) == len(y):
        fitted = [train(net, None, held_out) for net in nets]
        chosen = _chosen(fitted, _part(X, y, sample_weight, matrix, None), held_out, together)
        return [fitted[place] for place in chosen]
    of_part = held_out._replace(fold=np.where(held_out.fold[rows] == 0, 0, -1))
    tried = [train(clone(net).set_params(module__n_members=1), rows, of_part) for net in nets]
    doublings = float(np.log2(len(y) / len(rows)))
    chosen = _chosen(tried, _part(X, y, sample_weight, matrix, rows), of_part, together, doublings)
    return [train(nets[place], None, held_out) for place in chosen]


class Part(NamedTuple):
    """Rows with all that belongs to them."""

    X: Any
    y: NDArray[np.integer]
    sample_weight: NDArray[np.float64] | None
    matrix: NDArray[np.integer] | None


def _part(X: Any, y: Any, weight: Any, matrix: Any, rows: NDArray[np.intp] | None) -> Part:
    if rows is None:
        return Part(X, y, weight, matrix)
    return Part(
        take_rows(X, rows),
        y[rows],
        None if weight is None else weight[rows],
        None if matrix is None else matrix[rows],
    )


def some_rows(X: Any, n_rows: int, most: int, seed: int) -> NDArray[np.intp]:
    """All rows; so many at random, with all of their labels, if they are more than `most`."""
    source = X.rows if isinstance(X, RepeatedRows) else np.arange(n_rows)
    n_distinct = int(source.max()) + 1
    if n_distinct <= most:
        return np.arange(n_rows)
    chosen = np.random.RandomState(seed).choice(n_distinct, most, replace=False)
    return np.flatnonzero(np.isin(source, chosen))


def _chosen(
    nets: Sequence[Any], part: Part, held_out: HeldOut, together: bool, doublings: float = 0.0
) -> list[int]:
    """The places of the likeliest net, or of all; of the part so many doublings are all rows."""
    best = int(np.argmin([held_out_loss(net) for net in nets]))
    if (
        together
        and can_be_averaged(nets[best])
        and _are_as_likely_together(nets, nets[best], part, held_out, 1 + doublings)
    ):
        return list(range(len(nets)))
    return [best]


def _are_as_likely_together(
    nets: Sequence[Any], best: Any, part: Part, held_out: HeldOut, n_errors: float
) -> bool:
    """Whether the mean posterior has a loss no more than so many errors above the best net's.

    Left-out rows understate what averaging gains, since one member of each kind predicts a row;
    and a part of the rows understates networks, which gain more from more rows than linear models.
    """
    alone, weights = left_out_losses([best], *part, held_out)
    gain = alone - left_out_losses(nets, *part, held_out)[0]
    mean = np.average(gain, weights=weights)
    error = np.sqrt((weights**2 * (gain - mean) ** 2).sum()) / weights.sum()
    return bool(mean > -n_errors * error)
