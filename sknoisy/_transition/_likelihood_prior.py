"""The prior of T in the likelihood: its classes are alike, as far as the labels say so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._arrays import Array
from ._shrinkage import beta_likelihood, off_diagonal_strength

# The most that a prior may weigh, in rows. A posterior that knows little of T leaves its rows to
# trade with the clean posteriors: the counts then repeat the prior, and without an upper end
# each round would believe in it more.
MOST_PER_CLASS = 30.0
MOST_PER_ENTRY = 1.0
STRENGTHS = np.geomspace(2.0, MOST_PER_CLASS, 30)


class Prior(NamedTuple):
    """How strongly the classes are drawn together, in rows.

    `per_class` draws the rates of right labels of each class to their mean, as many further rows
    of the class with that mean would; `per_entry` draws the shares of the wrong labels to equal
    ones, as many further rows with each wrong label would.
    """

    per_class: float
    per_entry: float


STRONGEST = Prior(MOST_PER_CLASS, MOST_PER_ENTRY)


def prior_of(counts: Array) -> Prior:
    """The likeliest strengths, given rows by class (rows) and noisy label (columns).

    The rates of right labels are Beta with the pooled mean, the shares of the wrong labels
    Dirichlet with one parameter; both strengths maximise the likelihood of the counts.
    """
    right, total = counts.diagonal(), counts.sum(axis=1)
    mean = np.clip(right.sum() / total.sum(), 1e-3, 1 - 1e-3)
    per_class = float(STRENGTHS[beta_likelihood(right, total, mean, STRENGTHS).argmax()])
    return Prior(per_class, min(off_diagonal_strength(counts), MOST_PER_ENTRY))


def penalty(log_T: Array, prior: Prior) -> tuple[float, Array]:
    """Negative logarithm of the prior's density at ``T = softmax(log_T)``, and its gradient.

    Notes
    -----
    ``per_class * sum_i KL(m, t_i) - per_entry * sum_{i != j} log s_ij``, where t is the diagonal
    of T, m its mean, KL(m, t) the divergence of two coins, and ``s_ij = T_ij / (1 - t_i)``.
    """
    K = len(log_T)
    if K < 2:
        return 0.0, np.zeros(log_T.shape)
    wrong = ~np.eye(K, dtype=bool)
    others = np.where(wrong, log_T, -np.inf)
    log_wrong = np.logaddexp.reduce(others, axis=1)
    share = np.exp(others - log_wrong[:, None])
    odds = log_T.diagonal() - log_wrong
    log_right, log_left = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    # As logarithms, for with clean labels 1 - t is below the precision of t.
    log_mean, log_rest = (np.logaddexp.reduce(part) - np.log(K) for part in (log_right, log_left))
    right, mean = np.exp(log_right), np.exp(log_mean)
    divergence = mean * (log_mean - log_right) + np.exp(log_rest) * (log_rest - log_left)
    log_share = np.where(wrong, log_T - log_wrong[:, None], 0.0)
    value = prior.per_class * divergence.sum() - prior.per_entry * log_share.sum()
    # The second term: the mean moves with each of the rates.
    by_odds = right - mean + right * (1 - right) * (log_mean - log_rest - odds.mean())
    by_odds *= prior.per_class
    gradient = np.diag(by_odds) - by_odds[:, None] * share
    gradient -= prior.per_entry * np.where(wrong, 1 - (K - 1) * share, 0.0)
    return float(value), gradient
