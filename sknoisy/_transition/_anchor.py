"""T read off the posteriors at anchor points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._rows import normalize_rows, row_weights


def anchor_transition_matrix(
    noisy_proba: ArrayLike,
    *,
    quantile: float | str = "prior",
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Read T off at the anchor points: rows that are surely of their class.

    The anchor of class i is the example with the largest posterior of i, or the one at a high
    quantile of it, and row i of T is the noisy posterior there. No labels are needed.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the noisy labels, ``P(noisy = j | x)``.
    quantile : "prior", "argmax" or float in (0, 1), default="prior"
        Where to look: at ``1 - 0.3 * prior_i``, which lies inside class i whatever its
        frequency; at the largest posterior; or at the same quantile for all classes ([1]_ takes
        0.97, right for ten balanced classes and outside the class for a hundred).
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows in the quantile and the prior.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Raises
    ------
    ValueError
        If `quantile` is neither a name nor inside (0, 1).

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       equations 12 and 13.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.8, 0.2], [0.5, 0.5], [0.1, 0.9]])
    >>> anchor_transition_matrix(proba, quantile="argmax")
    array([[0.8, 0.2],
           [0.1, 0.9]])
    """
    proba = np.asarray(noisy_proba, dtype=np.float64)
    weights = row_weights(sample_weight, len(proba))
    quantiles = _anchor_quantiles(proba, weights, quantile)
    order = np.argsort(proba, axis=0, kind="stable")
    mass = np.cumsum(weights[order], axis=0)
    # The first row at which the cumulated weight reaches the quantile; argmax takes the last.
    position = (mass < quantiles * mass[-1]).sum(axis=0).clip(max=len(proba) - 1)
    anchors = order[position, np.arange(proba.shape[1])]
    return normalize_rows(proba[anchors])


def _anchor_quantiles(
    proba: NDArray[np.float64], weights: NDArray[np.float64], quantile: float | str
) -> NDArray[np.float64]:
    K = proba.shape[1]
    if isinstance(quantile, str):
        if quantile == "argmax":
            return np.ones(K)
        if quantile == "prior":
            return 1 - 0.3 * np.average(proba, axis=0, weights=weights)
    elif 0 < quantile < 1:
        return np.full(K, float(quantile))
    raise ValueError(
        f'quantile must be "prior", "argmax" or a number inside (0, 1); got {quantile!r}.'
    )
