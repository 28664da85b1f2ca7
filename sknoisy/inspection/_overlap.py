"""How far the labels tell noise from overlap of the classes."""

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
    """What the likelihood of ranks says, in which steep posteriors and noise can trade.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels.
    y : ndarray of int of shape (n_samples,)
        Noisy labels as column numbers.
    confidence_level : float in (0, 1)
        Of the one-sided limit.

    Returns
    -------
    NoiseOrOverlap or None
        None beyond 20 classes.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.RandomState(0)
    >>> rank = rng.uniform(size=3000)
    >>> proba = np.column_stack([1 - rank, rank])
    >>> found = noise_or_overlap(proba, (rng.uniform(size=3000) < rank).astype(int), 0.95)
    >>> bool(found.lowest_rate < 0.02), round(found.overlap, 1)
    (True, 0.2)
    """
    K = noisy_proba.shape[1]
    if K > MOST_CLASSES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Said in the doubt.
        model = fit_noise_model(noisy_proba, y, classes=np.arange(K))
    logits = rank_logits(noisy_proba, model.reference) @ model.coef.T
    known = trade_off(model.clean_proba, logits, model.transition_matrix, np.ones(len(y)))
    return NoiseOrOverlap(
        known.rate - float(norm.ppf(confidence_level)) * known.rate_std,
        1 - float(model.clean_proba.max(axis=1).mean()),
        identification_doubt(known),
    )
