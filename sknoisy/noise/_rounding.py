"""Whole numbers near given ones, with a given sum: counts for noise of an exact amount."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def exact_counts(
    T: NDArray[np.float64], class_sizes: NDArray[Any], rng: np.random.RandomState
) -> NDArray[np.intp]:
    """How many examples of class i get label j, as near ``class_sizes[i] * T[i, j]`` as can be.

    Every count is the whole number below or above, rows sum to `class_sizes`, and the number
    of labels kept over all classes is the nearest to its expectation.

    Rounding each row by itself would not do: of 120 classes of 167 examples each keeps 133.6 at
    20% noise, hence 134, and the noise of the whole falls to 19.8%.
    """
    expected = class_sizes[:, None] * T
    kept = _largest_remainders(expected.diagonal(), rng)
    counts = np.empty(T.shape, dtype=np.intp)
    for i, size in enumerate(class_sizes):
        others = expected[i].copy()
        others[i] = 0
        counts[i] = _rounded_at_random(others, size - kept[i], rng)
        counts[i, i] = kept[i]
    return counts


def shift_to_sum(fractions: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Move numbers in [0, 1] all towards 0, or all towards 1, until they sum to `total`."""
    current, n = fractions.sum(), len(fractions)
    if total <= current:
        return fractions * (total / current) if current > 0 else fractions
    return 1 - (1 - fractions) * ((n - total) / (n - current))


def _largest_remainders(
    expected: NDArray[np.float64], rng: np.random.RandomState
) -> NDArray[np.intp]:
    whole = np.floor(expected).astype(np.intp)
    # Rounded, for 0.7 * 7 and 0.7 * 17 have one remainder on paper and two in floating point.
    remainders = np.round(expected - whole, 6)
    n_up = int(np.rint(expected.sum())) - whole.sum()
    # Ties by lot, so that no class is favoured for its place.
    order = np.lexsort((rng.random_sample(len(whole)), -remainders))
    whole[order[:n_up]] += 1
    return whole


def _rounded_at_random(
    expected: NDArray[np.float64], total: int, rng: np.random.RandomState
) -> NDArray[np.intp]:
    """Round up with probability equal to the remainder (systematic sampling).

    Largest remainders would not do here: where all expectations are below 1, the least probable
    classes would never get a label.
    """
    whole = np.floor(expected).astype(np.intp)
    remainders = expected - whole
    n_up = total - whole.sum()
    if n_up == 0:
        return whole
    # In random order, else two neighbours with small remainders would never both go up.
    candidates = rng.permutation(np.flatnonzero(remainders))
    ends = np.cumsum(shift_to_sum(remainders[candidates], n_up))
    ends[-1] = n_up  # which the floating-point sum may miss, and with it a label
    whole[candidates] += np.diff(np.floor(ends + rng.random_sample()), prepend=0).astype(np.intp)
    return whole
