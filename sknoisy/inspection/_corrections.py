"""Would a correction help, and which: scores on held-out noisy labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from .._hints import SEE_ERRORS
from .._transition import project_posterior

Array = NDArray[np.float64]

WORST_CONDITION = 1e6
# A gain in the Brier score below this is not worth a correction, however significant.
SMALLEST_GAIN = 0.005


class Comparison(NamedTuple):
    """Scores on the clean labels, estimated from noisy ones, with their standard errors.

    `gain` is by how much the Brier score is lower than that of "none"; `best` is the correction
    with the largest significant gain, where one must lead by 0.005 to replace an earlier one, in
    the order given.
    """

    accuracy: dict[str, tuple[float, float]]
    brier_score: dict[str, tuple[float, float]]
    gain: dict[str, tuple[float, float]]
    best: str


def corrected_posteriors(noisy_proba: Array, transition_matrix: Array) -> dict[str, Array]:
    """Posteriors without correction, through T, and by its inverse unless that is singular."""
    through_T = project_posterior(noisy_proba, transition_matrix)
    posteriors = {"none": noisy_proba, "forward": through_T}
    if np.linalg.cond(transition_matrix) < WORST_CONDITION:
        raw = np.clip(noisy_proba @ np.linalg.inv(transition_matrix), 0, None)
        posteriors["backward"] = raw / raw.sum(axis=1, keepdims=True)
    return posteriors


def compare(
    candidates: Mapping[str, Array],
    y: NDArray[np.integer],
    transition_matrix: Array,
    confidence_level: float,
) -> Comparison:
    """Score posteriors of the clean labels; all are compared to the one called "none"."""
    if "none" not in candidates:
        raise ValueError(f'candidates must hold "none"; got {sorted(candidates)}. {SEE_ERRORS}')
    inverse = np.linalg.pinv(transition_matrix)
    accuracy, brier, losses = {}, {}, {}
    for name, p in candidates.items():
        accuracy[name] = mean_and_error(inverse[y, p.argmax(axis=1)])
        # Loss if the clean label were k: the squares, less twice the share of k, plus one.
        if_clean = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1
        # Two classes count once, as in scikit-learn's Brier score.
        losses[name] = (inverse[y] * if_clean).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
        brier[name] = mean_and_error(losses[name])
    others = [name for name in candidates if name != "none"]
    gain = {name: mean_and_error(losses["none"] - losses[name]) for name in others}
    best, threshold = "none", float(norm.ppf(confidence_level))
    for name, (value, std) in gain.items():
        # In the order given: differences this small are no reason to leave the first one.
        lead = value - (gain[best][0] if best in gain else 0.0)
        if lead > SMALLEST_GAIN and value > threshold * std:
            best = name
    return Comparison(accuracy, brier, gain, best)


def mean_and_error(values: Array) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))
