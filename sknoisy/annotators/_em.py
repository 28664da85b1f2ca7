"""Expectation-maximisation of Dawid and Skene: a T per annotator, and the clean labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from .._labels import MISSING
from .._transition import shrink_counts, shrink_groups
from ._votes import Votes

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Lower limit of probabilities whose logarithm is taken.
SMALLEST = 1e-6
# Added to the count of each class, so that no share is zero.
CLASS_PRIOR_ROWS = 1.0


class Consensus(NamedTuple):
    """Posteriors of the clean labels, and the matrices and shares of classes behind them."""

    proba: Array
    matrices: Array
    class_prior: Array
    n_examples: Array
    n_iter: int
    converged: bool


def dawid_skene(
    votes: Votes,
    start: Array,
    weights: Array,
    max_iter: int,
    tol: float,
    *,
    row_prior: Array | None = None,
    trusted: Codes | None = None,
) -> Consensus:
    """Alternate between the posteriors of the clean labels and the T of every annotator.

    `start` and `row_prior` have shape (n_rows, n_classes): the first posteriors, and the prior of
    each row from its features (by default the shares of the classes, estimated too). Rows with a
    trusted label keep it. Stops when the L1 change of the posteriors, averaged over rows, is below
    `tol`.
    """
    indicator, K = votes.indicator(), len(votes.classes)
    proba, converged, n_iter = with_trusted(start, trusted), False, 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        matrices, n_examples = annotator_matrices(indicator, proba * weights[:, None], K)
        prior = class_prior(proba, weights) if row_prior is None else row_prior
        log_prior = np.log(np.maximum(prior, SMALLEST))
        previous = proba
        proba = softmax(log_prior + log_likelihood(indicator, matrices), axis=1)
        proba = with_trusted(proba, trusted)
        change = np.abs(proba - previous).sum(axis=1)
        converged = bool(np.average(change, weights=weights) < tol)
    return Consensus(proba, matrices, class_prior(proba, weights), n_examples, n_iter, converged)


def with_trusted(proba: Array, trusted: Codes | None) -> Array:
    """Posteriors that are sure of the trusted labels, given as class numbers or `MISSING`."""
    if trusted is None:
        return proba
    known = trusted != MISSING
    proba = proba.copy()
    proba[known] = np.eye(proba.shape[1])[trusted[known]]
    return proba


def class_prior(proba: Array, weights: Array) -> Array:
    """Shares of the classes, none of them zero."""
    counts = weights @ proba + CLASS_PRIOR_ROWS
    return counts / counts.sum()


def log_likelihood(indicator: NDArray, matrices: Array) -> Array:
    """``sum_a log T_a[k, y_a]`` of every row, of shape (n_rows, n_classes)."""
    K = matrices.shape[1]
    # In the order of the indicator's columns: annotator, label; then the clean class.
    table = np.log(np.maximum(matrices, SMALLEST)).transpose(0, 2, 1).reshape(-1, K)
    return indicator @ table


def annotator_matrices(indicator: NDArray, proba: Array, K: int) -> tuple[Array, Array]:
    """T of every annotator, and the number of examples behind each row of it.

    `proba` are the posteriors times the weights of the rows. Each T is shrunk to the common one,
    the more the more alike the annotators are.
    """
    counts = (indicator.T @ proba).reshape(-1, K, K).transpose(0, 2, 1)
    common = np.maximum(shrink_counts(counts.sum(axis=0)), SMALLEST)
    common /= common.sum(axis=1, keepdims=True)
    return shrink_groups(counts, common), counts.sum(axis=2)
