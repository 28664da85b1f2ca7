"""Which T are candidates: the ends of lines from the identity, with what is believed of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ._arrays import Array
from ._line import Direction

# The symmetric noise at which T would say nothing is 1; less keeps T from there.
LARGEST_SYMMETRIC = 0.93
# Beliefs in symmetric noise, the likeliest T, the T of counts, in its end, and in a single rate
# between few pairs of classes.
SYMMETRIC, LIKELIEST, COUNTED, COUNTED_END, SPARSE = 0.4, 0.3, 0.15, 0.15, 0.15
# Classes that overlap look like noise between few pairs of them: it is believed as far as the
# features then tell the classes, by this power of their share.
POWER_OF_SPARSE = 6.0
# Entries of T above the first part of the largest belong to the pairs; if one of them is below the
# second, they have no rate in common.
LARGE, ALIKE = 0.5, 0.75


def symmetric_direction(n_classes: int) -> Direction:
    """To symmetric noise."""
    rate, eye = LARGEST_SYMMETRIC * (1 - 1 / n_classes), np.eye(n_classes)
    end = (1 - rate) * eye + rate * (1 - eye) / (n_classes - 1)
    return Direction(end, SYMMETRIC, is_free=False)


def likeliest_direction(likeliest: Array) -> Direction:
    """To the T of the largest likelihood."""
    return Direction(likeliest, LIKELIEST)


def counted_direction(counted: Array, is_free: bool, share: float) -> Direction:
    """To the T of labels that were counted at sure rows, `share` of which the likelihood sees."""
    return Direction(counted, COUNTED, COUNTED_END, is_free, fitted_to=share)


def sparse_direction(counted: Array) -> Direction | None:
    """To a T in which few pairs of classes are confused, all at one rate; None if it is not such.

    Which pairs are those of the largest entries of T as it was counted. That they were chosen is
    what its evidence pays for, not for an entry of each.
    """
    K = len(counted)
    others = np.where(np.eye(K, dtype=bool), 0.0, counted)
    confused = others > LARGE * others.max()
    if K == 2 or not 0 < confused.sum() < K * (K - 1):
        return None  # One-sided noise has a method of its own, and all pairs are symmetric noise.
    entries = others[confused]
    T = np.where(confused, entries.mean(), 0.0)
    kept = 1 - T.sum(axis=1)
    if entries.min() < ALIKE * entries.max() or kept.min() < 0:
        return None
    end = T + np.diag(kept)
    price = _price_of(confused)
    return Direction(end, SPARSE, COUNTED_END, is_free=False, price=price, power=POWER_OF_SPARSE)


def _price_of(confused: NDArray[np.bool_]) -> float:
    """Minus the logarithm of the probability of these pairs, if those of two classes go together
    in half of all cases, and every number of pairs is as likely as any other."""
    K = len(confused)
    n, m = K * (K - 1), int(confused.sum())
    if (confused == confused.T).all():
        n, m = n // 2, m // 2
    of_so_many = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    return float(np.log(2) + np.log(n) + of_so_many)
