"""Counts to T, with strength borrowed between its entries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, gammaln

from ._arrays import TINY, Array

LOWEST_RATE = 1e-6
STRENGTHS = np.geomspace(1e-3, 1e3, 40)
DIAGONAL_MEANS = np.linspace(0.01, 0.995, 60)
RATE_BOUNDS = 0.01, 0.9999
DIAGONAL_STRENGTHS = np.geomspace(2, 1e5, 30)
# The belief that a label is right, in rows per class: it matters only where there are no counts.
BELIEF = 1.0


class Strengths(NamedTuple):
    """How far entries are drawn together, in rows of data.

    `off_diagonal` is the parameter of the Dirichlet of the shares, `diagonal` the strength of the
    Beta of the diagonals; None where there are two kinds of classes.
    """

    off_diagonal: float
    diagonal: float | None


def shrink_counts(
    counts: ArrayLike,
    *,
    belief: float = BELIEF,
    possible: NDArray[np.bool_] | None = None,
    strengths: Strengths | None = None,
) -> Array:
    """Estimate T from counts, borrowing strength between its entries.

    Off the diagonal each row is drawn towards equal shares, as far as the rows look alike in
    that; the diagonals are drawn to their mean, as far as they differ by no more than chance
    would have them, or to the two means of two kinds of classes. Where the entries differ for
    good (pair flips, class maps), almost nothing is drawn.

    `belief` adds rows of each class that are labelled rightly; `possible` says which entries may
    differ from zero, the diagonal among them; `strengths` fix how far to draw.

    Notes
    -----
    With ``n_i`` the sum and ``c_ij`` the entries of row i, ``c_ii`` is binomial with rate
    ``d_i``, and the others share the rest as a multinomial.

    - ``d_i`` is Beta with mean m and strength s that maximise the beta-binomial likelihood, so
      that its estimate is ``(c_ii + m s) / (n_i + s)``; or takes one of two values, if that is
      the likelier by its Bayesian information criterion.
    - the shares are Dirichlet with one parameter a for all, which maximises the likelihood of
      the Dirichlet-multinomial; their estimate is ``(c_ij + a) / sum_j (c_ij + a)``.

    References
    ----------
    .. [1] Minka, "Estimating a Dirichlet distribution", 2000.
    """
    counts = np.asarray(counts, dtype=np.float64)
    K = len(counts)
    wrong = _wrong(K, possible)
    right, total = counts.diagonal() + belief, counts.sum(axis=1) + belief
    if strengths is None:
        diagonal = _shrunk_diagonal(right, total)
        off_diagonal = off_diagonal_strength(counts, possible)
    else:
        off_diagonal = strengths.off_diagonal
        if strengths.diagonal is None:
            diagonal = _rates_of_two_kinds(right, total)[0]
        else:
            mean = right.sum() / total.sum()
            diagonal = (right + mean * strengths.diagonal) / (total + strengths.diagonal)
    diagonal[~wrong.any(axis=1)] = 1
    others = np.where(wrong, counts + off_diagonal, 0.0)
    others /= np.maximum(others.sum(axis=1, keepdims=True), TINY)
    return diagonal[:, None] * np.eye(K) + (1 - diagonal)[:, None] * others


def _wrong(K: int, possible: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    off = ~np.eye(K, dtype=bool)
    return off if possible is None else off & possible


def off_diagonal_strength(counts: Array, possible: NDArray[np.bool_] | None = None) -> float:
    """The parameter a of the Dirichlet of all shares off the diagonal, by maximum likelihood."""
    return float(STRENGTHS[off_diagonal_likelihood(counts, possible).argmax()])


def off_diagonal_likelihood(counts: Array, possible: NDArray[np.bool_] | None = None) -> Array:
    """Its logarithm at each of `STRENGTHS`."""
    wrong = _wrong(len(counts), possible)
    n_wrong = wrong.sum(axis=1)
    shares, totals = counts[wrong], np.where(wrong, counts, 0.0).sum(axis=1)
    n_wrong, totals = n_wrong[n_wrong > 0], totals[n_wrong > 0]
    return np.array(
        [
            np.sum(gammaln(n_wrong * a) - gammaln(n_wrong * a + totals))
            + np.sum(gammaln(shares + a) - gammaln(a))
            for a in STRENGTHS
        ]
    )


def plausible_strengths(counts: Array, rng: np.random.Generator) -> Strengths:
    """Strengths drawn as often as the counts make them likely.

    Resampled counts vary more than the counts themselves, so that strengths fitted to them would
    be too low; and one pair of strengths for all samples would hide that they are not known.
    """
    off_diagonal = _drawn(STRENGTHS, off_diagonal_likelihood(counts, None), rng)
    right, total = counts.diagonal() + BELIEF, counts.sum(axis=1) + BELIEF
    if _has_two_kinds(right, total):
        return Strengths(off_diagonal, None)
    mean = np.clip(right.sum() / total.sum(), *RATE_BOUNDS)
    likelihood = beta_likelihood(right, total, mean, DIAGONAL_STRENGTHS)
    return Strengths(off_diagonal, _drawn(DIAGONAL_STRENGTHS, likelihood, rng))


def _drawn(values: Array, likelihood: Array, rng: np.random.Generator) -> float:
    share = np.exp(likelihood - likelihood.max())
    return float(rng.choice(values, p=share / share.sum()))


def _shrunk_diagonal(right: Array, total: Array) -> Array:
    """Rates of right labels: one distribution for all classes, or two kinds of classes."""
    if _has_two_kinds(right, total):
        return _rates_of_two_kinds(right, total)[0]
    return _beta_rates(right, total)[0]


def _has_two_kinds(right: Array, total: Array) -> bool:
    kinds, spread = _rates_of_two_kinds(right, total)[1], _beta_rates(right, total)[1]
    # Three parameters against two: half the logarithm of the number of classes (BIC).
    return kinds - 0.5 * float(np.log(len(right))) > spread


def _beta_rates(right: Array, total: Array) -> tuple[Array, float]:
    means = np.append(DIAGONAL_MEANS, np.clip(right.sum() / total.sum(), *RATE_BOUNDS))
    m, s = (grid.ravel() for grid in np.meshgrid(means, DIAGONAL_STRENGTHS))
    likelihood = beta_likelihood(right, total, m, s)
    best = likelihood.argmax()
    return (right + m[best] * s[best]) / (total + s[best]), float(likelihood[best])


def beta_likelihood(
    right: Array,
    total: Array,
    means: Array | float,
    strengths: Array,
) -> Array:
    """The logarithm of the beta-binomial likelihood at each pair of a mean and a strength."""
    a, b = means * strengths, (1 - means) * strengths
    k = right[:, None]
    wrong = total[:, None] - k  # Before b is added, which large counts would swallow.
    return np.asarray((betaln(a + k, b + wrong) - betaln(a, b)).sum(axis=0))


def _rates_of_two_kinds(right: Array, total: Array) -> tuple[Array, float]:
    """Cut the classes, in order of their rates, where two rates explain them best."""
    order = np.argsort(right / total)
    low_right, low_total = right[order].cumsum()[:-1], total[order].cumsum()[:-1]
    low = low_right / low_total
    high = (right.sum() - low_right) / (total.sum() - low_total)
    low, high = (np.clip(rate, LOWEST_RATE, 1 - LOWEST_RATE) for rate in (low, high))
    share = np.arange(1, len(right)) / len(right)
    k, n = right[:, None], total[:, None]
    log_low = np.log(share) + k * np.log(low) + (n - k) * np.log1p(-low)
    log_high = np.log1p(-share) + k * np.log(high) + (n - k) * np.log1p(-high)
    log_both = np.logaddexp(log_low, log_high)
    best = log_both.sum(axis=0).argmax()
    is_low = np.exp(log_low[:, best] - log_both[:, best])
    rates = is_low * low[best] + (1 - is_low) * high[best]
    return rates, float(log_both[:, best].sum())
