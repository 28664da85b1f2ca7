"""Labels of trusted rows, counted as if these rows had been drawn at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._arrays import TINY, Array, Codes, cross_counts, row_shares
from ._estimate import NoisyRows
from ._projection import project_posterior

N_BINS, ENOUGH_ROWS = 5, 5000
# Rows are taken as chosen if their mean place is off by more, of all places and of its error.
LEAST_SHIFT, LEAST_ERRORS = 0.1, 4.0


def counts_as_if_random(
    clean: Codes, chosen: NDArray[np.intp], rows: NoisyRows, transition_matrix: Array
) -> Array:
    """Noisy labels (columns) of trusted rows by their `clean` class, of rows drawn at random.

    The trusted ones are `chosen` among all `rows`. T is about rows drawn at random from a class,
    but people have the most doubtful ones verified.

    Notes
    -----
    Each trusted row has a place among the rows of its class: the share of these whose noisy label
    is likelier to be wrong, by a first estimate of T. The places of rows drawn at random are spread
    evenly. Where they are not, the labels are counted in five parts of places, each of which gets
    its share of the population. What no trusted row lies in is filled with what the posteriors say,
    and counts are worth as many rows as their weights leave (Kish's effective size).
    """
    K = len(transition_matrix)
    trusted, rows = rows.take(chosen), _some(rows)
    noisy = trusted.y
    quality = _right(_of_class(trusted, transition_matrix), noisy)
    of_class = _of_class(rows, transition_matrix)
    right = _right(of_class, rows.y)
    of_class *= rows.weights[:, None]
    order = np.argsort(right, kind="stable")
    place = _places(of_class[order], right[order], quality, clean)
    if not _look_chosen(place):
        return cross_counts(clean, noisy, K, None)
    n_rows, part = len(clean), _parts(place)
    n_of_part = np.bincount(part, minlength=N_BINS)
    weights = np.divide(n_rows / N_BINS, n_of_part, out=np.zeros(N_BINS), where=n_of_part > 0)[part]
    counts = cross_counts(clean, noisy, K, weights)
    n_of_class = np.bincount(clean, minlength=K)
    expected = _expected_shares(of_class[order], rows.y[order])
    for empty in np.flatnonzero(n_of_part == 0):
        counts += n_of_class[:, None] / N_BINS * expected[empty]
    return counts * (weights.sum() ** 2 / (weights**2).sum() / n_rows)


def _some(rows: NoisyRows) -> NoisyRows:
    """As many rows as tell how places are spread."""
    if len(rows.y) <= ENOUGH_ROWS:
        return rows
    return rows.take(np.random.default_rng(0).permutation(len(rows.y))[:ENOUGH_ROWS])


def _of_class(rows: NoisyRows, transition_matrix: Array) -> Array:
    """How probable each class is for each row, by its posterior and its label."""
    proba = project_posterior(rows.proba, transition_matrix)
    return row_shares(proba * transition_matrix.T[rows.y] + TINY)


def _right(of_class: Array, y: Codes) -> Array:
    """How probable it is that each label is right."""
    return np.asarray(of_class[np.arange(len(y)), y])


def _places(of_class: Array, right: Array, chosen: Array, clean: Codes) -> Array:
    """Of chosen rows among those of their class, which are in rising order of `right`."""
    before = np.vstack([np.zeros(of_class.shape[1]), of_class.cumsum(axis=0)])
    low, high = (np.searchsorted(right, chosen, side) for side in ("left", "right"))
    middle = (before[low, clean] + before[high, clean]) / 2
    return np.asarray(middle / np.maximum(before[-1, clean], TINY))


def _look_chosen(place: Array) -> bool:
    shift = abs(place.mean() - 0.5)
    return bool(shift > max(LEAST_SHIFT, LEAST_ERRORS / np.sqrt(12 * len(place))))


def _parts(place: Array) -> NDArray[np.intp]:
    return np.minimum((place * N_BINS).astype(np.intp), N_BINS - 1)


def _expected_shares(of_class: Array, y: Codes) -> Array:
    """Of the noisy labels in each part of each class, (n_parts, n_classes, n_classes)."""
    K, total = of_class.shape[1], of_class.sum(axis=0)
    part = _parts((of_class.cumsum(axis=0) - of_class / 2) / np.maximum(total, TINY))
    counts = np.zeros((N_BINS, K, K))
    for k in range(K):
        cells = np.bincount(part[:, k] * K + y, of_class[:, k], minlength=N_BINS * K)
        counts[:, k] = cells.reshape(N_BINS, K)
    return np.stack([row_shares(of_part) for of_part in counts])
