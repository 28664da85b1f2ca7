"""A T per group, each drawn to what all groups have in common."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

from ._arrays import TINY, Array

LOWEST_RATE = 1e-6
STRENGTHS = np.geomspace(0.01, 1e5, 40)
# How many times more often than common a group errs (odds), as a logarithm, and the spread of that.
LOG_ODDS = np.linspace(-5, 5, 101)
SPREADS = np.concatenate([[1e-3], np.geomspace(0.05, 3, 25)])


def shrink_groups(counts: Array, common: Array) -> Array:
    """Estimate a T for each group from its counts, borrowing strength from the others.

    `counts` are noisy labels (columns) of rows taken to be of a class (rows), by group; `common`
    is the T of all groups together. How far a group is drawn to it is read off the groups: far
    where they differ by no more than chance would have them, little where they differ for good.
    A group without counts has the common T.

    Notes
    -----
    With ``c_kj`` the counts of a group, ``n_k`` their sum over j and ``d_k = common[k, k]``,

    - the group errs with odds ``t (1 - d_k) / d_k`` in class k: t is log-normal, with a spread
      that maximises the likelihood of all groups; its posterior mean gives rates ``m_k``;
    - the estimate of the rate of right labels is ``(c_kk + s m_k) / (n_k + s)``, with the
      strength s that maximises the beta-binomial likelihood of all groups;
    - wrong labels share the rest as ``c_kj + a common[k, j] / (1 - d_k)``, with the a that
      maximises the likelihood of the Dirichlet-multinomial of all groups; or, in a group that
      errs in another way, as ``c_kj + b_g``, if that is the likelier by its Bayesian
      information criterion.

    References
    ----------
    .. [1] Minka, "Estimating a Dirichlet distribution", 2000.
    .. [2] Paun et al., "Comparing Bayesian Models of Annotation", TACL 6, 2018 (hierarchical
       Dawid-Skene: annotators drawn to the population).
    """
    K = counts.shape[1]
    eye = np.eye(K, dtype=bool)
    right, total = counts.diagonal(axis1=1, axis2=2), counts.sum(axis=2)
    typical = _rates_of_groups(right, total, common.diagonal())
    diagonal = _shrunk_rates(right, total, typical)
    shares = np.where(eye, 0.0, common)
    possible = shares.sum(axis=1) > 0
    shares[possible] /= shares[possible].sum(axis=1, keepdims=True)
    diagonal[:, ~possible] = 1
    others = _shares_of_wrong_labels(np.where(shares > 0, counts, 0.0), shares)
    return diagonal[:, :, None] * eye + (1 - diagonal)[:, :, None] * others


def _rates_of_groups(right: Array, total: Array, common: Array) -> Array:
    """Rates of right labels if a group errs more or less often than common in all classes alike."""
    common = np.clip(common, LOWEST_RATE, 1 - LOWEST_RATE)
    odds = np.exp(LOG_ODDS)[:, None] * (1 - common) / common
    log_right, log_wrong = -np.log1p(odds), np.log(odds) - np.log1p(odds)
    likelihood = right @ log_right.T + (total - right) @ log_wrong.T
    belief = -((LOG_ODDS / SPREADS[:, None]) ** 2) / 2
    belief -= logsumexp(belief, axis=1, keepdims=True)
    by_spread = logsumexp(likelihood[:, None] + belief, axis=2).sum(axis=0)
    posterior = likelihood + belief[by_spread.argmax()]
    posterior = np.exp(posterior - logsumexp(posterior, axis=1, keepdims=True))
    return posterior @ np.exp(log_right)


def _shrunk_rates(right: Array, total: Array, typical: Array) -> Array:
    m = np.clip(typical, LOWEST_RATE, 1 - LOWEST_RATE)
    likelihood = [
        np.sum(betaln(s * m + right, s * (1 - m) + total - right) - betaln(s * m, s * (1 - m)))
        for s in STRENGTHS
    ]
    s = STRENGTHS[np.argmax(likelihood)]
    return (right + s * m) / (total + s)


def _shares_of_wrong_labels(wrong: Array, common: Array) -> Array:
    """How wrong labels spread: drawn to what is common, or evenly in a group unlike the others."""
    even = (common > 0) / np.maximum((common > 0).sum(axis=1, keepdims=True), 1)
    by_common = np.stack([_log_likelihood(wrong, a * common) for a in STRENGTHS])
    by_even = np.stack([_log_likelihood(wrong, a * even) for a in STRENGTHS])
    strength = STRENGTHS[by_common.sum(axis=1).argmax()]
    concentration = np.broadcast_to(strength * common, wrong.shape).copy()
    # A further parameter costs half the logarithm of the number of labels (BIC).
    price = 0.5 * np.log1p(wrong.sum(axis=(1, 2)))
    unlike = by_even.max(axis=0) - price > by_common.max(axis=0)
    concentration[unlike] = STRENGTHS[by_even.argmax(axis=0)[unlike], None, None] * even
    shares = wrong + concentration
    return shares / np.maximum(shares.sum(axis=2, keepdims=True), TINY)


def _log_likelihood(counts: Array, concentration: Array) -> Array:
    """Of the Dirichlet-multinomial, for each group; entries without concentration are left out."""
    possible = concentration > 0
    total = concentration.sum(axis=1)
    rows = total > 0
    n, total = counts.sum(axis=2)[:, rows], total[rows]
    by_row = (gammaln(total) - gammaln(total + n)).sum(axis=1)
    alpha = concentration[possible]
    return by_row + (gammaln(alpha + counts[:, possible]) - gammaln(alpha)).sum(axis=1)
