"""Rows and classes in an order of their own, so that the order they come in does not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._arrays import Array, ten_digits
from ._estimate import NoisyRows

NO_LABEL = -1
# An odd number, by which the bits of a number are spread over all places (Fibonacci hashing).
SPREAD = np.uint64(0x9E3779B97F4A7C15)


def canonical_rows(
    rows: NoisyRows, classes: NDArray[np.intp] | None = None
) -> tuple[NoisyRows, NDArray[np.intp]]:
    """Distinct rows with the weights of their copies, sorted, and which class each column is.

    The result is the same, bit for bit, in whatever order rows and classes come, and whether a
    row comes twice or with twice the weight. Posteriors are rounded to ten digits: a classifier
    may predict copies of a row with other last bits, and they are copies all the same. Rows of
    weight zero are left out; those beyond the labels get `NO_LABEL`. `classes` fixes the order of
    the columns.
    """
    kept = np.flatnonzero(rows.weights)
    y = np.full(len(rows.proba), NO_LABEL, dtype=np.intp)
    y[: len(rows.y)] = rows.y
    # Adding zero makes a positive zero of a negative one, whose bits differ.
    proba, y, weights = ten_digits(rows.proba[kept]) + 0.0, y[kept], rows.weights[kept]
    if classes is None:
        classes = _order_of_classes(proba, y, weights)
    # The last entry is for NO_LABEL.
    place = np.append(np.argsort(classes), NO_LABEL)
    proba, y = proba[:, classes], place[y]
    # The bytes of positive numbers, the largest first, sort as the numbers do.
    key = np.ascontiguousarray(np.column_stack([proba, y, weights]), dtype=">f8")
    order = np.argsort(key.view(f"V{key.itemsize * key.shape[1]}").ravel(), kind="stable")
    key = key[order, :-1]
    first = np.flatnonzero(np.append(True, (key[1:] != key[:-1]).any(axis=1)))
    chosen = order[first]
    merged = np.add.reduceat(weights[order], first)
    return NoisyRows(proba[chosen], y[chosen], merged), classes


def _order_of_classes(proba: Array, y: NDArray[np.intp], weights: Array) -> NDArray[np.intp]:
    """By the weight of their labels, their largest posterior, and the rest of their column."""
    # In the order of the weights, or their sum would depend on the order of the rows.
    by_weight = np.argsort(weights, kind="stable")
    labelled = by_weight[y[by_weight] != NO_LABEL]
    mass = np.bincount(y[labelled], weights[labelled], minlength=proba.shape[1])
    largest = proba.max(axis=0)
    if len(np.unique(np.column_stack([mass, largest]), axis=0)) == len(mass):
        return np.lexsort((largest, mass))
    return np.lexsort((_column_hashes(proba, y, weights), largest, mass))


def _column_hashes(proba: Array, y: NDArray[np.intp], weights: Array) -> NDArray[np.uint64]:
    """A number for each column that depends on its entries, labels and weights, in no order."""
    times = np.round(weights * 2.0**20).astype(np.int64).astype(np.uint64)
    bits = np.ascontiguousarray(proba).view(np.uint64) * SPREAD
    bits ^= bits >> np.uint64(29)
    labelled = np.flatnonzero(y != NO_LABEL)
    bits[labelled, y[labelled]] ^= SPREAD
    bits *= SPREAD
    bits ^= bits >> np.uint64(32)
    bits *= times[:, None]
    return np.asarray(bits.sum(axis=0, dtype=np.uint64))
