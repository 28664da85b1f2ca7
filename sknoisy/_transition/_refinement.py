"""From a first T to a better one: project, rank, count, borrow strength, and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._clusters import cluster_posteriors, maximum_trace_order
from ._confident_joint import confident_joint
from ._count import ranked_counts
from ._projection import held_out_losses, project_posterior
from ._rows import MIN_ROWS_PER_CLASS

REFINEMENTS = 4
PROJECTION_ROUNDS = 20
MOST_OF_A_CLASS = 0.8

# From counts of (class, noisy label) to T.
FromCounts = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class NoisyRows(NamedTuple):
    """Calibrated posteriors, labels and weights of the same rows."""

    proba: NDArray[np.float64]
    y: NDArray[np.integer]
    weights: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> NoisyRows:
        return NoisyRows(self.proba[rows], self.y[rows], self.weights[rows])

    def losses(self, transition_matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """How badly T explains each label, see `held_out_losses`."""
        return held_out_losses(self.proba, self.y, transition_matrix)

    def loss(self, transition_matrix: NDArray[np.float64]) -> float:
        """Their mean."""
        return float(np.average(self.losses(transition_matrix), weights=self.weights))


def refined_counts(
    rows: NoisyRows,
    transition_matrix: NDArray[np.float64],
    share: float,
    from_counts: FromCounts,
    n_rounds: int = REFINEMENTS,
) -> NDArray[np.float64]:
    """Labels of the rows that are surest of their class, once T is taken into account.

    Parameters
    ----------
    rows : NoisyRows
        Posteriors and labels.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        Where to start.
    share : float in (0, 1]
        How much of each class to count.
    from_counts : callable
        Makes the next T of the counts.
    n_rounds : int, default=4
        How often.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy._transition import normalize_rows
    >>> proba, y = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]]), np.array([0, 1, 1])
    >>> refined_counts(NoisyRows(proba, y, np.ones(3)), np.eye(2), 0.5, normalize_rows, 1).round(2)
    array([[1.  , 0.52],
           [0.  , 0.88]])
    """
    T, q = transition_matrix, None
    for _ in range(n_rounds):
        q = project_posterior(rows.proba, T, n_rounds=PROJECTION_ROUNDS, start=q)
        mass = np.maximum(rows.weights @ q, 1.0)
        n_top = np.maximum(share * mass, np.minimum(MIN_ROWS_PER_CLASS, MOST_OF_A_CLASS * mass))
        counts = ranked_counts(q, rows.y, n_top, rows.weights)
        T = from_counts(counts)
    return counts


# %% Starts


def counted_at_ranks(rows: NoisyRows) -> NDArray[np.float64]:
    """Labels of the rows with the largest posteriors of each class."""
    n_samples, K = rows.proba.shape
    n_top = max(min(MIN_ROWS_PER_CLASS, n_samples / (2 * K)), n_samples / (5 * K))
    return ranked_counts(rows.proba, rows.y, n_top, rows.weights)


def counted_where_confident(rows: NoisyRows) -> NDArray[np.float64]:
    """The confident joint."""
    return confident_joint(rows.proba, rows.y, rows.weights)


def counted_in_clusters(rows: NoisyRows) -> NDArray[np.float64]:
    """Labels in clusters of posteriors, which are named such that most labels are right."""
    K = rows.proba.shape[1]
    cells = cluster_posteriors(rows.proba) * K + rows.y
    counts = np.bincount(cells, weights=rows.weights, minlength=K * K).astype(np.float64)
    counts = counts.reshape(K, K)
    return counts[maximum_trace_order(counts)]


STARTS: dict[str, Callable[[NoisyRows], NDArray[np.float64]]] = {
    "count": counted_at_ranks,
    "confident_joint": counted_where_confident,
    "clusters": counted_in_clusters,
}
