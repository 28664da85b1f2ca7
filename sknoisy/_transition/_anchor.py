"""Method "anchor": T read off the posteriors at anchor points."""

from __future__ import annotations

import numpy as np

from .._checks import is_number
from .._hints import SEE_ERRORS
from ._arrays import Array, normalize_rows
from ._estimate import Estimate, NoisyRows, Options


def anchor_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """Read T off at the anchor points: rows that are surely of their class.

    The anchor of class i is the example with the largest posterior of i, or the one at a high
    quantile of it, and row i of T is the noisy posterior there. No labels are needed.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       equations 12 and 13.
    """
    order = np.argsort(rows.proba, axis=0, kind="stable")
    mass = np.cumsum(rows.weights[order], axis=0)
    # The first row at which the cumulated weight reaches the quantile; argmax takes the last.
    position = (mass < _quantiles(rows, options) * mass[-1]).sum(axis=0)
    K = rows.proba.shape[1]
    anchors = order[position.clip(max=len(rows.proba) - 1), np.arange(K)]
    return options.estimate_without_counts(normalize_rows(rows.proba[anchors]), mass[-1, 0])


def check_quantile(options: Options) -> None:
    """Raise a ValueError unless the quantile is a name or inside (0, 1)."""
    quantile = options.quantile
    named = isinstance(quantile, str) and quantile in ("prior", "argmax")
    if not (named or is_number(quantile) and 0 < float(quantile) < 1):
        raise ValueError(
            f'quantile must be "prior", "argmax" or a number inside (0, 1); got {quantile!r}.'
            f" {SEE_ERRORS}"
        )


def _quantiles(rows: NoisyRows, options: Options) -> Array | float:
    if options.quantile == "argmax":
        return 1.0
    if options.quantile == "prior":
        # Inside the class whatever its frequency. A fixed 0.97 as in [1]_ is right for ten
        # balanced classes, and outside the class for a hundred.
        return 1 - 0.3 * np.average(rows.proba, axis=0, weights=rows.weights)
    return float(options.quantile)
