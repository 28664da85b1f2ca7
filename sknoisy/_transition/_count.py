"""Method "count": the noisy labels of the rows that rank highest for a class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import MIN_ROWS_PER_CLASS, Array, Codes
from ._estimate import Estimate, NoisyRows, Options
from ._top_rows import TopRows

# A matrix of fewer elements lies in the cache.
SMALL = 2**20


def count_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """Rank by the posterior of a class, then count the noisy labels of the top rows.

    Only ranks of the posterior matter, so that neither overconfidence nor softness hurts; the
    posteriors must not have seen the labels that are counted (out-of-fold).

    References
    ----------
    .. [1] de Juan et al., "Estimation of the Label-Noise Transition Matrix via Selective
       Classification", 2026 (rank, threshold, count).
    """
    labels = np.bincount(rows.y, rows.weights, minlength=rows.proba.shape[1])
    n_top = default_n_top(labels)
    return options.estimate_from_counts(ranked_counts(rows.proba, rows.y, n_top, rows.weights))


def default_n_top(labels: NDArray[Any]) -> Array:
    """How many rows to count for each class, whose `labels` have this weight.

    A fifth of a class of mean size, and enough rows to say anything; but no more than there are
    labels of the class, or the last ones are surely of others.
    """
    n_top = max(MIN_ROWS_PER_CLASS, float(labels.sum()) / (5 * len(labels)))
    return np.minimum(n_top, labels)


def ranked_counts(scores: Array, y: Codes, n_top: ArrayLike, weights: Array) -> Array:
    """Noisy labels (columns) of the rows that score highest for each class (rows).

    `n_top` is how many rows to count for a class, as a sum of weights, or one number for each.
    """
    n_samples, K = scores.shape
    wanted = np.broadcast_to(np.asarray(n_top, dtype=np.float64), K)
    # One pass over the rows where few of many count; else sorting the columns is faster.
    if scores.size > SMALL and wanted.sum() < scores.size / 32:
        top = TopRows(K, wanted)
        top.add(scores, y, weights)
        return top.counts()
    counts = np.empty((K, K))
    for k in range(K):
        score = scores[:, k]
        order = np.argsort(-score)
        mass = np.cumsum(weights[order])
        last = score[order[min(np.searchsorted(mass, wanted[k]), n_samples - 1)]]
        # Rows that tie at the end share what is left: their order must not matter.
        above, tied = score > last, score == last
        left = wanted[k] - weights[above].sum()
        share = np.clip(left / weights[tied].sum(), 0, 1)
        counts[k] = np.bincount(y[above], weights[above], minlength=K)
        counts[k] += share * np.bincount(y[tied], weights[tied], minlength=K)
    return counts
