"""The model of Dawid and Skene: a T per annotator and the clean labels, from each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._transition import shrink_counts, shrink_groups
from ._labels import Votes

Array = NDArray[np.float64]

# Weight of the common T in a row of T_a that must not be zero anywhere, and of a class.
SMALLEST = 1e-6
CLASS_PRIOR_ROWS = 1.0


class Consensus(NamedTuple):
    """What the labels of all annotators say together."""

    proba: Array
    matrices: Array
    class_prior: Array
    n_examples: Array
    n_iter: int
    converged: bool


def dawid_skene(
    votes: Votes,
    start: Array,
    *,
    row_prior: Array | None = None,
    weights: Array | None = None,
    max_iter: int = 200,
    tol: float = 1e-3,
) -> Consensus:
    """Alternate between the posteriors of the clean labels and the T of every annotator.

    Parameters
    ----------
    votes : Votes
        The labels.
    start : ndarray of shape (n_rows, n_classes)
        Posteriors to start from.
    row_prior : ndarray of shape (n_rows, n_classes), default=None
        What is believed of each row before its labels are seen, from its features; default the
        shares of the classes, which are estimated too.
    weights : ndarray of shape (n_rows,), default=None
        Weights of the rows.
    max_iter : int, default=200
        Rounds at most.
    tol : float, default=1e-3
        Stop when no posterior changes by more, on average over the rows.

    Returns
    -------
    Consensus
    """
    said, K = votes.indicator(), len(votes.classes)
    own = np.ones(votes.n_rows) if weights is None else weights
    proba, converged, n_iter = start, False, 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        matrices, n_examples = matrices_given(said, proba * own[:, None], K)
        prior = class_prior(proba, own)
        before = np.log(np.maximum(prior if row_prior is None else row_prior, SMALLEST))
        previous, proba = proba, posterior(before, log_likelihood(said, matrices))
        converged = bool(np.average(np.abs(proba - previous).sum(axis=1), weights=own) < tol)
    return Consensus(proba, matrices, class_prior(proba, own), n_examples, n_iter, converged)


def class_prior(proba: Array, weights: Array) -> Array:
    """Shares of the classes; one more row of each keeps them from being zero."""
    counts = weights @ proba + CLASS_PRIOR_ROWS
    return counts / counts.sum()


def log_likelihood(said: NDArray, matrices: Array) -> Array:
    """``sum_a log T_a[k, y_a]`` of every row, of shape (n_rows, n_classes)."""
    K = matrices.shape[1]
    # In the order of the indicator's columns: annotator, label; then the clean class.
    table = np.log(np.maximum(matrices, SMALLEST)).transpose(0, 2, 1).reshape(-1, K)
    return said @ table


def posterior(log_prior: Array, log_likelihood: Array) -> Array:
    """Posteriors of the clean labels, without underflow whatever the number of labels."""
    joint = log_prior + log_likelihood
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def matrices_given(said: NDArray, proba: Array, K: int) -> tuple[Array, Array]:
    """T of every annotator and its examples, given posteriors that are weighted by row.

    Each T is drawn to the common one as far as the annotators look alike.
    """
    counts = (said.T @ proba).reshape(-1, K, K).transpose(0, 2, 1)
    common = np.maximum(shrink_counts(counts.sum(axis=0)), SMALLEST)
    common /= common.sum(axis=1, keepdims=True)
    return shrink_groups(counts, common), counts.sum(axis=2)
