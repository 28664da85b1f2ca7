"""What is believed of T before the labels speak: that its classes are alike, as far as they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from .._transition._shrinkage import off_diagonal_strength

Array = NDArray[np.float64]

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

    Examples
    --------
    >>> import numpy as np
    >>> prior_of(np.array([[70.0, 30.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 100.0]]))[0] < 5
    True
    >>> prior_of(np.full((3, 3), 20.0) + 40 * np.eye(3)) == STRONGEST
    True
    """
    right, total = counts.diagonal()[:, None], counts.sum(axis=1)[:, None]
    mean = np.clip(right.sum() / total.sum(), 1e-3, 1 - 1e-3)
    a, b = STRENGTHS * mean, STRENGTHS * (1 - mean)
    likelihood = (betaln(a + right, b + total - right) - betaln(a, b)).sum(axis=0)
    per_class = float(STRENGTHS[likelihood.argmax()])
    return Prior(per_class, min(off_diagonal_strength(counts), MOST_PER_ENTRY))


def penalty(log_T: Array, prior: Prior) -> tuple[float, Array]:
    """Negative logarithm of the prior's density, and its gradient.

    Parameters
    ----------
    log_T : ndarray of shape (n_classes, n_classes)
        ``T = softmax(log_T)`` by row.
    prior : Prior
        Its strengths.

    Notes
    -----
    ``per_class * sum_i KL(m, t_i) - per_entry * sum_{i != j} log s_ij``, where t is the diagonal
    of T, m its mean, KL(m, t) the divergence of two coins, and ``s_ij = T_ij / (1 - t_i)``.

    Examples
    --------
    >>> import numpy as np
    >>> value, gradient = penalty(np.eye(3), Prior(10.0, 0.0))
    >>> bool(abs(value) < 1e-12 and abs(gradient).max() < 1e-12)
    True
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
    # Means of logarithms' exponentials: with clean labels 1 - t is below the precision of t.
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
