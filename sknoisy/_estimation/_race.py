"""The one of several nets by which the labels of left-out rows are likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .._iterators import RepeatedRows
from .._net import HeldOut, fit_net, held_out_loss
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
    **training: Any,
) -> Any:
    """Train as `fit_net` does; of several nets return the one whose left-out rows have least loss.

    Of very many rows a part chooses among single members, and the winner alone sees all.
    """
    rows = some_rows(X, len(y), RACE_ROWS, seed)
    if len(nets) > 1 and held_out is not None and len(rows) < len(y):
        tried = [
            fit_net(
                clone(net).set_params(module__n_members=1),
                take_rows(X, rows),
                y[rows],
                None if sample_weight is None else sample_weight[rows],
                matrix=None if matrix is None else matrix[rows],
                held_out=held_out._replace(fold=np.where(held_out.fold[rows] == 0, 0, -1)),
                seed=seed,
                **training,
            )
            for net in nets
        ]
        nets = [nets[_place_of_likeliest(tried)]]
    fitted = [
        fit_net(net, X, y, sample_weight, matrix=matrix, held_out=held_out, seed=seed, **training)
        for net in nets
    ]
    return fitted[0] if len(nets) == 1 else fitted[_place_of_likeliest(fitted)]


def some_rows(X: Any, n_rows: int, most: int, seed: int) -> NDArray[np.intp]:
    """All rows; so many at random, with all of their labels, if they are more than `most`."""
    source = X.rows if isinstance(X, RepeatedRows) else np.arange(n_rows)
    n_distinct = int(source.max()) + 1
    if n_distinct <= most:
        return np.arange(n_rows)
    chosen = np.random.RandomState(seed).choice(n_distinct, most, replace=False)
    return np.flatnonzero(np.isin(source, chosen))


def _place_of_likeliest(nets: Sequence[Any]) -> int:
    return int(np.argmin([held_out_loss(net) for net in nets]))
