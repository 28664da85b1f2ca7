"""Precision, recall and F1 of each class and averaged, with the influence of a row on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning

from .._checks import check_option, is_number
from .._hints import SEE_ERRORS
from .._warn import warn
from ._cells import Cells
from ._inputs import Array, inverse, position_of
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
    rest = cells.squares(rates.rest)
    variance = cells.squares(rates.direct + rates.rest).diagonal() - rest.diagonal()
    variance = variance + rest.sum(axis=1)
    return Estimate(rates.value, np.sqrt(variance.clip(min=0)))


def averaged(
    kind: str,
    T: Array,
    classes: NDArray[Any],
    cells: Cells,
    average: str | None,
    pos_label: Any,
    zero_division: Any,
) -> Callable[[Array], Estimate[Any]]:
    """The rate of one kind, averaged as the user asks, as a function of ``inv(T)``."""
    check_option(average, "average", ("macro", "weighted", "binary", None))
    positive = None
    if average == "binary":
        if pos_label is None and len(classes) != 2:
            raise ValueError(
                f'average="binary" with {len(classes)} classes needs pos_label, one of '
                f'{classes.tolist()}; or choose average=None, "macro" or "weighted".'
                f" {SEE_ERRORS}"
            )
        positive = 1 if pos_label is None else position_of(pos_label, classes, "pos_label")
    undefined = ~rates_of(kind, inverse(T), cells).defined
    if positive is not None:
        undefined &= np.arange(len(T)) == positive
    fill = _value_where_undefined(kind, zero_division, classes[undefined])

    def evaluate(R: Array) -> Estimate[Any]:
        rates = rates_of(kind, R, cells)
        rates = rates._replace(value=np.where(rates.defined, rates.value, fill))
        if average is None:
            return per_class(rates, cells)
        if positive is not None:
            by_class = per_class(rates, cells)
            return Estimate(float(by_class.value[positive]), by_class.std[positive])
        counted = ~np.isnan(rates.value)
        rates = rates._replace(value=np.nan_to_num(rates.value))
        if average == "macro":
            return average_of(rates, counted / max(counted.sum(), 1), cells)
        prior = R.T @ cells.share.sum(axis=1)
        return average_of(rates, prior, cells, extra=R @ rates.value)

    return evaluate


def _value_where_undefined(kind: str, zero_division: Any, classes: NDArray[Any]) -> float:
    if isinstance(zero_division, str) and zero_division == "warn":
        if len(classes):
            reason = "never predicted" if kind == "precision" else "of no corrected share > 0"
            warn(
                f"The {kind} of the classes {classes.tolist()} is not defined and set to 0: they "
                f"are {reason}. zero_division= sets another value and silences this warning.",
                UndefinedMetricWarning,
            )
        return 0.0
    if is_number(zero_division) and (zero_division in (0, 1) or np.isnan(zero_division)):
        return float(zero_division)
    raise ValueError(
        f'zero_division must be "warn", 0, 1 or NaN; got {zero_division!r}. {SEE_ERRORS}'
    )
