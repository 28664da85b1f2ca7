"""How well the labels tell noise from overlap of the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from .._transition._identification import identification_doubt
from ..metrics._noise_model import noise_model_and_trade_off
from ._verdict import NoiseEstimate

MOST_CLASSES = 20  # The time of the fit grows with the square of their number.


def noise_or_overlap(
    noisy_proba: NDArray[np.float64], y: NDArray[np.integer], confidence_level: float
) -> tuple[NoiseEstimate, str | None] | None:
    """The likelihood of the ranks of out-of-fold posteriors, in which steepness and noise trade.

    The estimate, with a one-sided limit, and a doubt if there is one. None beyond 20 classes.
    """
    K = noisy_proba.shape[1]
    if K > MOST_CLASSES:
        return None
    model, unsure = noise_model_and_trade_off(noisy_proba, y, classes=np.arange(K))
    lowest = unsure.rate - float(norm.ppf(confidence_level)) * unsure.rate_std
    overlap = 1 - float(model.clean_proba.max(axis=1).mean())
    return NoiseEstimate(lowest, overlap), identification_doubt(unsure)
