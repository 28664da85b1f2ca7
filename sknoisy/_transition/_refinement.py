"""From a first T to a better one: project, rank, count, borrow strength, and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._arrays import MIN_ROWS_PER_CLASS, Array, cross_counts
from ._clusters import cluster_posteriors, maximum_trace_order
from ._confident_joint import confident_joint
from ._count import ranked_counts
from ._estimate import FromCounts, NoisyRows
from ._projection import project_posterior

REFINEMENTS = 4
PROJECTION_ROUNDS = 20
MOST_OF_A_CLASS = 0.8


def refined_counts(
    rows: NoisyRows,
    transition_matrix: Array,
    share: float,
    from_counts: FromCounts,
    n_rounds: int = REFINEMENTS,
) -> Array:
    """Labels of the rows that are surest of their class, once T is taken into account.

    Starts at a T, counts a `share` in (0, 1] of each class, and makes the next T `from_counts`.
    """
    T, q = transition_matrix, None
    for _ in range(n_rounds):
        q = project_posterior(rows.proba, T, n_rounds=PROJECTION_ROUNDS, start=q)
        mass = np.maximum(rows.weights @ q, 1.0)
        n_top = np.maximum(share * mass, np.minimum(MIN_ROWS_PER_CLASS, MOST_OF_A_CLASS * mass))
        counts = ranked_counts(q, rows.y, n_top, rows.weights)
        T = from_counts(counts)
    return counts


def counted_at_ranks(rows: NoisyRows) -> Array:
    """Labels of the rows with the largest posteriors of each class."""
    per_class = float(rows.weights.sum()) / rows.proba.shape[1]
    n_top = max(min(MIN_ROWS_PER_CLASS, per_class / 2), per_class / 5)
    return ranked_counts(rows.proba, rows.y, n_top, rows.weights)


def counted_in_clusters(rows: NoisyRows) -> Array:
    """Labels in clusters of posteriors, which are named such that most labels are right."""
    clusters = cluster_posteriors(rows.proba, rows.weights)
    counts = cross_counts(clusters, rows.y, rows.proba.shape[1], rows.weights)
    return counts[maximum_trace_order(counts)]


STARTS: dict[str, Callable[[NoisyRows], Array]] = {
    "count": counted_at_ranks,
    "confident_joint": lambda rows: confident_joint(*rows),
    "clusters": counted_in_clusters,
}
