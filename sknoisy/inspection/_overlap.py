"""How well the labels tell noise from overlap of the classes."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from .._transition._identification import identification_doubt, trade_off
from .._transition._likelihood import rank_logits
from ..metrics import fit_noise_model

MOST_CLASSES = 20  # The time of the fit grows with the square of their number.


class NoiseOrOverlap(NamedTuple):
    """A lower limit of the noise rate, the overlap of the classes, and a doubt if there is one."""

    lowest_rate: float
    overlap: float
    doubt: str | None


def noise_or_overlap(
    noisy_proba: NDArray[np.float64], y: NDArray[np.integer], confidence_level: float
) -> NoiseOrOverlap | None:
    """The likelihood of the ranks of out-of-fold posteriors, in which steepness and noise trade.

    The limit is one-sided. None beyond 20 classes.
    """
    K = noisy_proba.shape[1]
    if K > MOST_CLASSES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # The doubt says the same.
        model = fit_noise_model(noisy_proba, y, classes=np.arange(K))
    logits = rank_logits(noisy_proba, model.reference, model.mass) @ model.coef.T
    weights = np.ones(len(y))
    unsure = trade_off(model.clean_proba, logits, model.transition_matrix, weights)
    return NoiseOrOverlap(
        unsure.rate - float(norm.ppf(confidence_level)) * unsure.rate_std,
        1 - float(model.clean_proba.max(axis=1).mean()),
        identification_doubt(unsure),
    )
