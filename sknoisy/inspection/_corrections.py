"""Would a correction help, and which: scores on held-out noisy labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from .._transition import project_posterior

Array = NDArray[np.float64]

WORST_CONDITION = 1e6
# A gain in the Brier score below this is not worth a correction, however sure it is.
SMALLEST_GAIN = 0.005


class Comparison(NamedTuple):
    """Scores on the clean labels, estimated from noisy ones.

    Attributes
    ----------
    accuracy, brier_score : dict from name to (value, standard error)
    gain : dict from name to (value, standard error)
        By how much the Brier score is lower than that of "none".
    best : str
        The correction with the largest significant gain, where one must lead by 0.005 to replace
        an earlier one, in the order given; "none" comes first.
    """

    accuracy: dict[str, tuple[float, float]]
    brier_score: dict[str, tuple[float, float]]
    gain: dict[str, tuple[float, float]]
    best: str


def corrected_posteriors(noisy_proba: Array, transition_matrix: Array) -> dict[str, Array]:
    """Posteriors without correction, through T, and by its inverse.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.8, 0.2], [0.2, 0.8]])
    >>> found = corrected_posteriors(np.array([[0.74, 0.26]]), T)
    >>> {name: proba.round(2).tolist() for name, proba in found.items()}
    {'none': [[0.74, 0.26]], 'forward': [[0.9, 0.1]], 'backward': [[0.9, 0.1]]}
    """
    found = {"none": noisy_proba, "forward": project_posterior(noisy_proba, transition_matrix)}
    if np.linalg.cond(transition_matrix) < WORST_CONDITION:
        raw = np.clip(noisy_proba @ np.linalg.inv(transition_matrix), 0, None)
        found["backward"] = raw / raw.sum(axis=1, keepdims=True)
    return found


def compare(
    candidates: Mapping[str, Array],
    y: NDArray[np.integer],
    transition_matrix: Array,
    confidence_level: float,
) -> Comparison:
    """Score posteriors of the clean labels; a name must be "none", the others are compared to it.

    Raises
    ------
    ValueError
        If there is no candidate "none".

    Examples
    --------
    >>> import numpy as np
    >>> y, T = np.tile([0, 0, 0, 0, 1], 200), np.array([[0.8, 0.2], [0.2, 0.8]])
    >>> posteriors = corrected_posteriors(np.tile([0.8, 0.2], (1000, 1)), T)
    >>> compare(posteriors, y, T, 0.95).best
    'forward'
    """
    if "none" not in candidates:
        raise ValueError(f'candidates must hold "none"; got {sorted(candidates)}.')
    inverse = np.linalg.pinv(transition_matrix)
    accuracy, brier, losses = {}, {}, {}
    for name, p in candidates.items():
        accuracy[name] = _mean(inverse[y, p.argmax(axis=1)])
        # Loss if the clean label were k: the squares, less twice the share of k, plus one.
        if_clean = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1
        # Two classes count once, as in scikit-learn's Brier score.
        losses[name] = (inverse[y] * if_clean).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
        brier[name] = _mean(losses[name])
    gain = {name: _mean(losses["none"] - loss) for name, loss in losses.items() if name != "none"}
    best, threshold = "none", float(norm.ppf(confidence_level))
    for name, (value, std) in gain.items():
        # In the order given: differences this small are no reason to leave the first one.
        lead = value - (gain[best][0] if best in gain else 0.0)
        if lead > SMALLEST_GAIN and value > threshold * std:
            best = name
    return Comparison(accuracy, brier, gain, best)


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))
