"""Precision, recall and F1 of each class, with the influence that a row has on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._cells import Array, Cells


class Rates(NamedTuple):
    """One ratio per class k, whose rows have the influence ``own[a, k] 1[b = k] + other[a, k]``.

    Here a is the noisy label of the row and b its prediction.
    """

    value: Array  # (K,), 0 where it is not defined
    defined: NDArray[np.bool_]  # (K,)
    own: Array  # (K, K)
    other: Array  # (K, K)


def ratio(numerator: Array, denominator: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Quotients, 0 where the denominator is not positive."""
    defined = denominator > 0
    return np.divide(numerator, denominator, np.zeros(len(numerator)), where=defined), defined


def recalls(R: Array, cells: Cells) -> Rates:
    """``C[k, k] / sum_b C[k, b]`` for the clean joint C."""
    joint = R.T @ cells.share
    value, defined = ratio(joint.diagonal(), joint.sum(axis=1))
    own = divided(R, joint.sum(axis=1), defined)
    return Rates(value, defined, own, -value * own)


def precisions(R: Array, cells: Cells) -> Rates:
    """``C[k, k] / sum_a C[a, k]``; the denominator does not depend on the noise."""
    joint = R.T @ cells.share
    value, defined = ratio(joint.diagonal(), cells.share.sum(axis=0))
    own = divided(R - value, cells.share.sum(axis=0), defined)
    return Rates(value, defined, own, np.zeros(R.shape))


def f1_scores(R: Array, cells: Cells) -> Rates:
    """Harmonic mean of precision and recall."""
    joint = R.T @ cells.share
    total = joint.sum(axis=1) + cells.share.sum(axis=0)
    value, defined = ratio(2 * joint.diagonal(), total)
    own = divided(2 * R - value, total, defined)
    return Rates(value, defined, own, -divided(value * R, total, defined))


def divided(columns: Array, by: Array, defined: NDArray[np.bool_]) -> Array:
    """Divide column k by ``by[k]``; 0 where that is not positive."""
    return np.divide(columns, by, np.zeros(columns.shape), where=defined[None, :])


def average_of(rates: Rates, share: Array, cells: Cells, extra: Array | float = 0.0) -> Any:
    """Mean over classes with some shares; `extra` is the influence of the shares by noisy label."""
    influence = rates.own * share + (rates.other @ share + extra)[:, None]
    return float(rates.value @ share), cells.std(influence)


def per_class(rates: Rates, cells: Cells) -> tuple[Array, Array]:
    """The rates of all classes, and their standard errors."""
    squares = cells.squared_weight
    hit = squares * ((rates.own + rates.other) ** 2 - rates.other**2)
    variance = hit.sum(axis=0) + squares.sum(axis=1) @ rates.other**2
    return rates.value, np.sqrt(variance.clip(min=0))


RATES = {"precision": precisions, "recall": recalls, "f1": f1_scores}
