"""T from the noisy labels of the rows that rank highest for a class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._rows import MIN_ROWS_PER_CLASS, PRIOR_ROWS, normalize_rows, row_weights
from ._top_rows import TopRows

# A matrix of fewer elements lies in the cache.
SMALL = 2**20


def count_transition_matrix(
    noisy_proba: ArrayLike | Iterator[ArrayLike],
    y: ArrayLike,
    *,
    n_top: int | None = None,
    prior_rows: float = PRIOR_ROWS,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Rank by the posterior of a class, then count the noisy labels of the top rows.

    Only ranks of the posterior matter, so that neither overconfidence nor softness hurts; the
    posteriors must not have seen the labels that are counted (out-of-fold).

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes), or iterator
        Out-of-fold posteriors of the noisy labels. An iterator gives blocks of rows, so that the
        whole array never exists: memory is then O(K (K + n_top)) for K classes.
    y : array-like of int of shape (n_samples,)
        Noisy labels as column numbers, 0 to n_classes - 1.
    n_top : int, default=None
        How many rows to count for a class; default ``max(30, n_samples / (5 n_classes))``.
    prior_rows : float, default=5.0
        As many more rows of each class count as labelled rightly.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, in the ranks and in the counts.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Raises
    ------
    ValueError
        If an iterator gives more or fewer rows than there are labels.

    References
    ----------
    .. [1] de Juan et al., "Estimation of the Label-Noise Transition Matrix via Selective
       Classification", 2026 (rank, threshold, count).

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]])
    >>> count_transition_matrix(proba, [0, 1, 1, 1], n_top=2, prior_rows=0)
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    labels = np.asarray(y)
    weights = row_weights(sample_weight, len(labels))
    if isinstance(noisy_proba, Iterator):
        counts = _streamed(noisy_proba, labels, n_top, weights)
    else:
        proba = np.asarray(noisy_proba)
        counts = ranked_counts(proba, labels, _n_top(n_top, *proba.shape), weights)
    return normalize_rows(counts + prior_rows * np.eye(len(counts)))


def ranked_counts(
    scores: NDArray[np.float64],
    y: NDArray[np.integer],
    n_top: ArrayLike,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Noisy labels of the rows that score highest for each class.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        What to rank by.
    y : ndarray of int of shape (n_samples,)
        Noisy labels.
    n_top : float or array-like of shape (n_classes,)
        How many rows to count, as a sum of weights.
    weights : ndarray of shape (n_samples,)
        Weights of the rows.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Row k holds the counts for class k.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])
    >>> ranked_counts(scores, np.array([0, 1, 1]), 1.5, np.ones(3))
    array([[1. , 0.5],
           [0. , 1.5]])
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


def _streamed(
    blocks: Iterator[ArrayLike],
    y: NDArray[np.integer],
    n_top: int | None,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Counts from blocks of posteriors that come one after the other, in the order of y."""
    top, done = None, 0
    for given in blocks:
        block = np.asarray(given)
        if top is None:
            K = block.shape[1]
            top = TopRows(K, _n_top(n_top, len(y), K))
        rows = slice(done, done + len(block))
        done += len(block)
        if done <= len(y):
            top.add(block, y[rows], weights[rows])
    if top is None or done != len(y):
        raise ValueError(
            f"The blocks of noisy_proba must have one row per label, {len(y)} in all; got {done}."
        )
    return top.counts()


def default_n_top(n_samples: int, n_classes: int) -> float:
    """A fifth of a class of mean size, and enough rows to say anything.

    Examples
    --------
    >>> default_n_top(3000, 4), default_n_top(300, 10)
    (150.0, 30)
    """
    return max(MIN_ROWS_PER_CLASS, n_samples / (5 * n_classes))


def _n_top(n_top: int | None, n_samples: int, n_classes: int) -> float:
    return default_n_top(n_samples, n_classes) if n_top is None else n_top
