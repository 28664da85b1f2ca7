"""The noise rate of a T, and T drawn to a rate that is known."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from ._algebra import clean_prior
from ._arrays import Array

# Below this rate a T says nothing of how its wrong labels are spread.
NO_NOISE = 1e-4
# Of a class's labels, the largest share that may be wrong.
FURTHEST = 0.999


def noise_rate(transition_matrix: Array, noisy_prior: Array) -> float:
    """The share of labels that are wrong, where classes are labelled as often as the prior says."""
    prior = clean_prior(transition_matrix, noisy_prior)
    return float(1 - prior @ transition_matrix.diagonal())


def at_rate(transition_matrix: Array, noisy_prior: Array, rates: tuple[float, float]) -> Array:
    """The T nearest on the line through the identity whose noise rate lies between two rates.

    Without a wrong label in T, wrong ones are spread evenly. A T whose rates cannot be reached
    without a class that is never labelled rightly stops short of that.
    """
    K = len(transition_matrix)
    eye, end, (low, high) = np.eye(K), transition_matrix, rates
    rate = noise_rate(end, noisy_prior)
    if low <= rate <= high:
        return end
    wanted = min(max(rate, low), high)
    if wanted == 0:
        return eye
    if rate < NO_NOISE:
        end = eye + NO_NOISE * ((1 - eye) / max(K - 1, 1) - eye)
    furthest = FURTHEST / float((1 - end.diagonal()).max())

    def beyond(share: float) -> float:
        return noise_rate(eye + share * (end - eye), noisy_prior) - wanted

    share = furthest if beyond(furthest) < 0 else brentq(beyond, 0.0, furthest, xtol=1e-10)
    return np.asarray(eye + share * (end - eye))
