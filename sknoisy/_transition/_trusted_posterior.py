"""What counts of trusted rows add to an estimate of T: its posterior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from ._arrays import Array, row_shares
from ._shrinkage import beta_likelihood

SMALLEST_RATE, LEAST_TOTAL = 1e-6, 1.0
# What the rates of the estimate are worth, in trusted rows of each class: some hundred, give or
# take a factor of about five. Or, three times in a hundred, they scatter about any common rate.
RATE_WORTHS, RATE_MEAN, RATE_SPREAD = np.geomspace(3, 3000, 25), 100.0, 1.5
SHARE_OF_COMMON = 0.03
COMMON_RATES, COMMON_STRENGTHS = np.linspace(0.02, 0.99, 50), np.geomspace(2, 1000, 15)
# What its shares of the wrong labels are worth, in wrong labels of each class, and what equal
# shares are: any number. Three times in ten the shares of the estimate are right.
SHARE_WORTHS, SHARE_MEAN, SHARE_SPREAD = np.geomspace(0.1, 3000, 18), 20.0, 2.0
EQUAL_WORTHS = np.geomspace(0.01, 1000, 15)
SHARE_OF_RIGHT = 0.3
LEAST_WEIGHT = 1e-6  # Of a prior that is worth a look.
LEAST_INDEPENDENT = 1e-3


class Moments(NamedTuple):
    """Means of numbers and of their squares."""

    first: Array
    second: Array


def trusted_posterior(
    transition_matrix: Array,
    counts: Array,
    possible: NDArray[np.bool_] | None = None,
    *,
    independent: float = 1.0,
) -> Array:
    """Dirichlet parameters of each row of T: an estimate without trusted labels, and counts.

    `counts` are noisy labels (columns) of rows whose clean label (rows) is trusted; `possible`
    says which entries may differ from zero; `independent` is the share of the rows behind the
    estimate that are not trusted, for the labels of the others are in the counts.

    Notes
    -----
    The rate of right labels of class k is Beta: its mean is that of the estimate, or common to all
    classes. The shares of the others among the wrong labels are Dirichlet with parameters ``s *
    share + b / n_others``: those of the estimate, and equal ones. How much each is worth is not
    known: all values are weighed by the likelihood of the counts. So few trusted labels change
    little where the estimate explains them, and show at once that noise goes to one class each,
    for then they repeat themselves. The Dirichlet that is returned has the mean of this posterior
    and, over a row, its variance.

    References
    ----------
    .. [1] Hendrycks et al., "Using Trusted Data to Train Deep Networks on Labels Corrupted by
       Severe Noise", NeurIPS 2018 (the gold estimate, which is what counts alone say).
    """
    K = len(counts)
    wrong = ~np.eye(K, dtype=bool)
    if possible is not None:
        wrong &= possible
    independent = max(independent, LEAST_INDEPENDENT)
    right = _right_rates(transition_matrix.diagonal(), counts, RATE_WORTHS * independent)
    shares = _wrong_shares(transition_matrix, counts, wrong, SHARE_WORTHS * independent)
    fallible = wrong.any(axis=1)
    d, d2 = (np.where(fallible, moment, 1.0) for moment in right)
    mean = np.diag(d) + (1 - d)[:, None] * shares.first
    second = np.diag(d2) + (1 - 2 * d + d2)[:, None] * shares.second
    squares = (mean**2).sum(axis=1)
    variance = np.maximum(second.sum(axis=1) - squares, SMALLEST_RATE**2)
    total = np.maximum((1 - squares) / variance - 1, LEAST_TOTAL)
    # A class that cannot be wrong is as sure as its counts.
    total = np.where(fallible, total, RATE_MEAN + counts.diagonal())
    return np.asarray(mean * total[:, None])


def _right_rates(rates: Array, counts: Array, worths: Array) -> Moments:
    """Of the rate of right labels of each class."""
    d = np.clip(rates, SMALLEST_RATE, 1 - SMALLEST_RATE)
    right, total = counts.diagonal(), counts.sum(axis=1)
    s = worths[:, None]
    own = betaln(s * d + right, s * (1 - d) + total - right) - betaln(s * d, s * (1 - d))
    m, strength = (grid.ravel() for grid in np.meshgrid(COMMON_RATES, COMMON_STRENGTHS))
    weight = _normalized(
        np.concatenate(
            [
                own.sum(axis=1)
                + _log_normal(RATE_WORTHS, RATE_MEAN, RATE_SPREAD)
                + np.log(1 - SHARE_OF_COMMON),
                beta_likelihood(right, total, m, strength) + np.log(SHARE_OF_COMMON / len(m)),
            ]
        )
    )
    a = np.concatenate([s * d + right, (m * strength)[:, None] + right])
    n = np.concatenate([s + total, strength[:, None] + total])
    return Moments(weight @ (a / n), weight @ (a * (a + 1) / (n * (n + 1))))


def _wrong_shares(
    transition_matrix: Array, counts: Array, wrong: NDArray[np.bool_], worths: Array
) -> Moments:
    """Of the shares of the other classes among the wrong labels of each."""
    equal = row_shares(wrong.astype(np.float64))
    shares = row_shares(np.where(wrong, transition_matrix, 0.0))
    unknown = shares.sum(axis=1) == 0
    shares[unknown] = equal[unknown]
    counts = np.where(wrong, counts, 0.0)
    total, seen = counts.sum(axis=1), np.nonzero(counts)
    before, b = (grid.ravel() for grid in np.meshgrid(SHARE_WORTHS, EQUAL_WORTHS, indexing="ij"))
    s = np.repeat(worths, len(EQUAL_WORTHS))
    alpha = s[:, None] * shares[seen] + b[:, None] * equal[seen]
    n = (s + b)[:, None]
    likelihood = (gammaln(n) - gammaln(n + total)).sum(axis=1)
    likelihood += (gammaln(alpha + counts[seen]) - gammaln(alpha)).sum(axis=1)
    belief = (1 - SHARE_OF_RIGHT) * np.exp(_log_normal(before, SHARE_MEAN, SHARE_SPREAD))
    belief[(before == SHARE_WORTHS[-1]) & (b == EQUAL_WORTHS[0])] += SHARE_OF_RIGHT
    weight = _normalized(likelihood + np.log(belief))
    first, second = np.zeros(wrong.shape), np.zeros(wrong.shape)
    for place in np.flatnonzero(weight > LEAST_WEIGHT):
        a = s[place] * shares + b[place] * equal + counts
        of_row = (s[place] + b[place] + total)[:, None]
        first += weight[place] * a / of_row
        second += weight[place] * a * (a + 1) / (of_row * (of_row + 1))
    return Moments(first, second)


def _log_normal(values: Array, centre: float, spread: float) -> Array:
    """Logarithms of the shares of a belief, log-normal, that values at even steps have."""
    density = -((np.log(values / centre) / spread) ** 2) / 2
    return np.asarray(density - np.log(np.exp(density).sum()))


def _normalized(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())
