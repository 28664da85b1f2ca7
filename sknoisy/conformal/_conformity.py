"""Conformity scores of all classes, from posteriors: the lower, the sooner a class is in a set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lac_scores(proba: Array) -> Array:
    """One minus the posterior (least ambiguous classifier)."""
    return 1 - proba


def aps_scores(proba: Array) -> Array:
    """Sum of the posteriors from the largest down to that of the class (adaptive sets)."""
    order = np.argsort(-proba, axis=1, kind="stable")
    sums = np.take_along_axis(proba, order, axis=1).cumsum(axis=1)
    scores = np.empty_like(sums)
    np.put_along_axis(scores, order, sums, axis=1)
    return scores


def top_k_scores(proba: Array) -> Array:
    """Rank of the class, from 1."""
    order = np.argsort(-proba, axis=1, kind="stable")
    ranks = np.empty_like(proba)
    np.put_along_axis(ranks, order, np.arange(1.0, proba.shape[1] + 1)[None], axis=1)
    return ranks


CONFORMITY: dict[str, Callable[[Array], Array]] = {
    "lac": lac_scores,
    "aps": aps_scores,
    "top_k": top_k_scores,
}
