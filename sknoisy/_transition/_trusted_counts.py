"""Labels of trusted rows, counted as if these rows had been drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2

from ._algebra import clean_prior
from ._arrays import TINY, Array, Codes, cross_counts, row_shares
from ._estimate import NoisyRows
from ._projection import project_posterior

N_PARTS, ENOUGH_ROWS = 5, 5000
# Rows are taken as chosen if their mean place is off by more, of all places and of its error;
LEAST_SHIFT, LEAST_ERRORS = 0.1, 4.0
# or by label, if labels are so unlikely for random rows, and T explains their classes but for so
# much of the log-likelihood of each row.
UNLIKELY, LARGEST_MISFIT = 1e-3, 0.1
# No single trusted row, and no single label, is believed beyond this.
SUREST = 0.01


class ChosenRows(NamedTuple):
    """The `numbers` of some rows among all `rows`, which have noisy labels."""

    numbers: NDArray[np.intp]
    rows: NoisyRows

    @property
    def weights(self) -> Array:
        return self.rows.weights[self.numbers]

    @property
    def share(self) -> float:
        """Of all rows."""
        return float(self.weights.sum() / self.rows.weights.sum())


def counts_as_if_random(clean: Codes, chosen: ChosenRows, transition_matrix: Array) -> Array:
    """Noisy labels (columns) of trusted rows by their `clean` class, of rows drawn at random.

    T is about rows drawn at random from a class, but people have the most doubtful ones verified,
    or those of one label.

    Notes
    -----
    Each trusted row has a place among the rows of its class: the share of these whose noisy label
    is likelier to be wrong, by a first estimate of T. The places of rows drawn at random are spread
    evenly. Where they are not, the labels are counted in five parts of places, each of which gets
    its share of the population. Where the trusted rows have other labels than the population, and
    their classes are as T has them for each label, but not their labels for each class, the parts
    are labels. What no trusted row lies in is filled with what T and the posteriors say, and counts
    are worth as many rows as their weights leave (Kish's effective size).
    """
    K = len(transition_matrix)
    trusted, labels = chosen.rows.take(chosen.numbers), chosen.rows.label_counts()
    counts = cross_counts(clean, trusted.y, K, trusted.weights)
    joint = clean_prior(transition_matrix, labels / labels.sum())[:, None] * transition_matrix
    if _chosen_by_label(counts, joint):
        expected = counts.sum() * joint * np.eye(K)[:, None]
        return _stratified(clean, trusted, trusted.y, joint.sum(axis=0), expected)
    rows = _some(chosen.rows)
    of_class = _of_class(rows, transition_matrix)
    right = _right(of_class, rows.y)
    of_class *= rows.weights[:, None]
    order = np.argsort(right, kind="stable")
    quality = _right(_of_class(trusted, transition_matrix), trusted.y)
    place = _places(of_class[order], right[order], quality, clean)
    if abs(place.mean() - 0.5) < _least_shift(place):
        return counts
    expected = _expected_shares(of_class[order], rows.y[order])
    expected *= counts.sum(axis=1)[:, None] / N_PARTS
    return _stratified(clean, trusted, _parts(place), np.full(N_PARTS, 1 / N_PARTS), expected)


def labels_look_doubtful(chosen: ChosenRows) -> bool:
    """Whether chosen rows have improbable labels more often than others, whatever T is."""
    numbers, rows = chosen
    likely = _right(rows.proba, rows.y)
    order, one_class = np.argsort(likely, kind="stable"), np.zeros(len(numbers), dtype=np.intp)
    place = _places(rows.weights[order, None], likely[order], likely[numbers], one_class)
    return bool(0.5 - place.mean() > _least_shift(place))


def _chosen_by_label(counts: Array, joint: Array) -> bool:
    """Whether classes by label are as in `joint` shares, and labels by class are not."""
    n, share = counts.sum(), joint.sum(axis=0).clip(TINY)
    far = ((counts.sum(axis=0) - n * share) ** 2 / (n * share)).sum()
    if far < chi2.ppf(1 - UNLIKELY, max(len(counts) - 1, 1)):
        return False
    by_class, by_label = _misfit(counts, joint), _misfit(counts.T, joint.T)
    n_free = (counts > 0).sum() - (counts.sum(axis=0) > 0).sum()
    return bool(by_label < by_class and by_label < LARGEST_MISFIT * n + n_free / 2)


def _misfit(counts: Array, joint: Array) -> float:
    """How much likelier counts are by their own shares within each row than by the joint ones."""
    own, of_joint = row_shares(counts), np.maximum(row_shares(joint), SUREST)
    return float(xlogy(counts, own).sum() - xlogy(counts, of_joint).sum())


def _stratified(
    clean: Codes, trusted: NoisyRows, part: Codes, shares: Array, expected: Array
) -> Array:
    """Counts of rows whose parts get their `shares`; `expected` are those of parts without a row.

    The shares have shape (n_parts,), what is expected (n_parts, n_classes, n_classes).
    """
    before = trusted.weights
    of_part = np.bincount(part, before, minlength=len(shares))
    is_empty = of_part == 0
    weights = before * (before.sum() * shares / np.where(is_empty, 1, of_part))[part]
    counts = cross_counts(clean, trusted.y, expected.shape[1], weights)
    worth, all_worth = (w.sum() ** 2 / (w**2).sum() for w in (weights, before))
    return np.asarray((counts + expected[is_empty].sum(axis=0)) * worth / all_worth)


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
    """How probable each label is."""
    return np.asarray(of_class[np.arange(len(y)), y])


def _places(of_class: Array, right: Array, chosen: Array, clean: Codes) -> Array:
    """Of chosen rows among those of their class, which are in rising order of `right`."""
    before = np.vstack([np.zeros(of_class.shape[1]), of_class.cumsum(axis=0)])
    low, high = (np.searchsorted(right, chosen, side) for side in ("left", "right"))
    middle = (before[low, clean] + before[high, clean]) / 2
    return np.asarray(middle / np.maximum(before[-1, clean], TINY))


def _least_shift(place: Array) -> float:
    """Of the mean place of rows that were not drawn at random."""
    return float(max(LEAST_SHIFT, LEAST_ERRORS / np.sqrt(12 * len(place))))


def _parts(place: Array) -> NDArray[np.intp]:
    return np.minimum((place * N_PARTS).astype(np.intp), N_PARTS - 1)


def _expected_shares(of_class: Array, y: Codes) -> Array:
    """Of the noisy labels in each part of each class, (n_parts, n_classes, n_classes)."""
    K, total = of_class.shape[1], of_class.sum(axis=0)
    part = _parts((of_class.cumsum(axis=0) - of_class / 2) / np.maximum(total, TINY))
    counts = np.zeros((N_PARTS, K, K))
    for k in range(K):
        cells = np.bincount(part[:, k] * K + y, of_class[:, k], minlength=N_PARTS * K)
        counts[:, k] = cells.reshape(N_PARTS, K)
    return np.stack([row_shares(of_part) for of_part in counts])
