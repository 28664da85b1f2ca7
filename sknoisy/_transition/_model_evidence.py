"""What a T of many entries costs against one rate, when their evidence is compared."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

from ._arrays import TINY, Array
from ._shrinkage import (
    DIAGONAL_MEANS,
    DIAGONAL_STRENGTHS,
    beta_likelihood,
    off_diagonal_likelihood,
)


def price_of_entries(counts: Array) -> float:
    """By how much free entries of T overstate the likelihood of counts, beyond one rate for all.

    Notes
    -----
    The largest likelihood of the counts (class, noisy label), less their marginal likelihood
    under the distributions of :func:`shrink_counts` with all strengths equally likely; and less
    the same for a single rate. With expected counts at the likeliest T it stands for what the
    integral over T would take from the likelihood of the noisy labels [1]_.

    References
    ----------
    .. [1] Cheeseman, Stutz, "Bayesian Classification (AutoClass): Theory and Results", 1996.
    """
    right, total = counts.diagonal(), counts.sum(axis=1)
    of_class = np.stack([right, total - right], axis=1)
    of_all = of_class.sum(axis=0, keepdims=True)
    means, strengths = (grid.ravel() for grid in np.meshgrid(DIAGONAL_MEANS, DIAGONAL_STRENGTHS))
    price = _largest(of_class) - _mean(beta_likelihood(right, total, means, strengths))
    price -= _largest(of_all) - float(betaln(*(1 + of_all[0])))
    if len(counts) > 2:
        others = counts[~np.eye(len(counts), dtype=bool)].reshape(len(counts), -1)
        price += _largest(others) - _mean(off_diagonal_likelihood(counts))
    return max(0.0, price)


def _largest(counts: Array) -> float:
    """The logarithm of the largest likelihood of counts, each row with shares of its own."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), TINY)
    return float((counts * np.log(np.maximum(shares, TINY))).sum())


def _mean(log_likelihoods: Array) -> float:
    """The logarithm of the mean likelihood."""
    top = log_likelihoods.max()
    return float(top + np.log(np.exp(log_likelihoods - top).mean()))
