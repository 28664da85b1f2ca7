"""Does noise that depends on the class alone explain the labels?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from .._labels import MISSING
from .._validation import TrainingSet

Array = NDArray[np.float64]

SURE_SHARE, UNSURE_SHARE = 0.5, 0.25
N_BINS = 10
MIN_TRUSTED_LABELS = 20


class ClassConditionalTest(NamedTuple):
    """A test of noise that depends on the class alone.

    `statistic` (in [-1, 1], with standard error `std`) is by how much more often labels agree with
    the classes where rows are sure than where they are not, beyond what T and the overlap of the
    classes explain. `p_value` is that of the hypothesis that it is at most `tolerance`, which
    allows for a wrong shape of the classes. By tenths of the rows, the least sure first: mean
    `sureness`, share of labels that agree (`observed`, `expected`), and its standard error.
    `from_trusted` says that the classes are those of trusted labels.
    """

    statistic: float
    std: float
    p_value: float
    tolerance: float
    sureness: Array
    observed: Array
    expected: Array
    bin_std: Array
    from_trusted: bool = False


def class_conditional_test(
    y: NDArray[np.integer],
    clean_proba: Array,
    transition_matrix: Array,
    sureness: Array,
    *,
    tolerance: float,
) -> ClassConditionalTest:
    """Compare labels of sure and unsure rows with what T predicts for them.

    `clean_proba` p must not follow the labels of single rows, T must be fitted to the same labels,
    and `sureness` must not use the row's own label. With k(x) the most probable class,
    ``r = 1[y = k] - (p T)_k`` has mean zero at every x if noise depends on the class alone. The
    statistic is the mean of r over the surer half of the rows less that over the least sure
    quarter.
    """
    predicted = clean_proba.argmax(axis=1)
    expected = (clean_proba @ transition_matrix)[np.arange(len(y)), predicted]
    agrees = (y == predicted).astype(np.float64)
    residual = agrees - expected
    order = np.argsort(sureness, kind="stable")
    unsure = residual[order[: max(1, int(UNSURE_SHARE * len(y)))]]
    sure = residual[order[int((1 - SURE_SHARE) * len(y)) :]]
    statistic = float(sure.mean() - unsure.mean())
    std = float(np.sqrt(sure.var() / len(sure) + unsure.var() / len(unsure)))
    bins = np.array_split(order, N_BINS)
    return ClassConditionalTest(
        statistic=statistic,
        std=std,
        p_value=float(norm.sf((statistic - tolerance) / max(std, 1e-12))),
        tolerance=tolerance,
        sureness=np.array([sureness[rows].mean() for rows in bins]),
        observed=np.array([agrees[rows].mean() for rows in bins]),
        expected=np.array([expected[rows].mean() for rows in bins]),
        bin_std=np.array([residual[rows].std() / np.sqrt(len(rows)) for rows in bins]),
    )


def trusted_test(
    trusted: NDArray[np.integer], data: TrainingSet, clean_proba: Array
) -> ClassConditionalTest | None:
    """The test on rows with trusted labels, which needs no model of the classes.

    `trusted` holds class numbers, and `MISSING` in the other rows; None is returned for less than
    20 labels.
    """
    K = len(data.classes)
    rows = np.flatnonzero(trusted != MISSING)
    if len(rows) < MIN_TRUSTED_LABELS:
        return None
    clean, noisy = trusted[rows], data.y[rows]
    counts = np.zeros((K, K))
    np.add.at(counts, (clean, noisy), 1)
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    test = class_conditional_test(
        noisy, np.eye(K)[clean], rates, margins(clean_proba[rows]), tolerance=0.0
    )
    return test._replace(from_trusted=True)


def margins(proba: Array) -> Array:
    """The largest posterior less the second largest."""
    ordered = np.sort(proba, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])
