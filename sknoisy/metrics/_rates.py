"""Precision, recall and F1 of each class, with the influence that a row has on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._cells import Cells
from ._inputs import Array
from ._score import Estimate

# Each is ``n C[k, k] / (c sum_b C[k, b] + p sum_a C[a, k])`` for the clean joint C: (n, c, p).
RATES = {"precision": (1, 0, 1), "recall": (1, 1, 0), "f1": (2, 1, 1)}


class Rates(NamedTuple):
    """One ratio per class k, whose rows have the influence ``direct[a, k] 1[b = k] + rest[a, k]``.

    Here a is the noisy label of the row and b its prediction.
    """

    value: Array  # (K,), 0 where it is not defined
    defined: NDArray[np.bool_]  # (K,)
    direct: Array  # (K, K)
    rest: Array  # (K, K)


def rates_of(kind: str, R: Array, cells: Cells) -> Rates:
    """The rates of one kind, by class, where ``R = inv(T)``."""
    hits, of_clean, of_predicted = RATES[kind]
    joint = R.T @ cells.share
    total = of_clean * joint.sum(axis=1) + of_predicted * cells.share.sum(axis=0)
    defined = total > 0

    def over_total(columns: Array) -> Array:
        return np.divide(columns, total, np.zeros(columns.shape), where=defined)

    value = over_total(hits * joint.diagonal())
    # The predicted shares do not depend on the noise; the clean ones do, wherever a row lies.
    direct = over_total(hits * R - of_predicted * value)
    return Rates(value, defined, direct, -of_clean * over_total(value * R))


def average_of(
    rates: Rates, share: Array, cells: Cells, extra: Array | float = 0.0
) -> Estimate[float]:
    """Mean over classes with some shares; `extra` is the influence of the shares by noisy label."""
    influence = rates.direct * share + (rates.rest @ share + extra)[:, None]
    return Estimate(float(rates.value @ share), cells.std(influence))


def per_class(rates: Rates, cells: Cells) -> Estimate[Array]:
    """The rates of all classes."""
    squares = cells.squared_weight
    hit = squares * ((rates.direct + rates.rest) ** 2 - rates.rest**2)
    variance = hit.sum(axis=0) + squares.sum(axis=1) @ rates.rest**2
    return Estimate(rates.value, np.sqrt(variance.clip(min=0)))
