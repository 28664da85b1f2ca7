"""A scale and a shift of logits, by what labels say of the posteriors of their rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from ._arrays import Array

# A posterior is not believed to be surer than this.
SUREST = 1e-4
TOLERANCE = 1e-12


class Adjustment(NamedTuple):
    """Logits are multiplied by `scale`, and `shift` of shape (n_classes,) is added."""

    scale: float
    shift: Array

    def applied(self, proba: Array) -> Array:
        """The posteriors that follow from the adjusted logits."""
        return np.asarray(softmax(self.scale * logits_of(proba) + self.shift, axis=1))


def likeliest_adjustment(
    proba: Array, likelihoods: Array, weights: Array, penalties: Array
) -> Adjustment:
    """The scale and shift under which labels are likeliest, less a penalty.

    `likelihoods` of shape (n_samples, n_classes) is ``P(label | clean = k)`` of each row: columns
    of T, or rows of the identity for clean labels. `penalties` of shape (1 + n_classes,) hold
    scale - 1 and the shift to zero: half of their squares times these is taken from the logarithm
    of the likelihood.

    Notes
    -----
    Platt's scaling, for several classes, through T.
    """
    logits, n_rows = logits_of(proba), float(weights.sum())

    def loss(values: Array) -> tuple[float, Array]:
        log_p = log_softmax((1 + values[0]) * logits + values[1:], axis=1)
        p = np.exp(log_p)
        joint = p * likelihoods
        given = joint.sum(axis=1).clip(min=1e-300)
        residual = weights[:, None] * (p - joint / given[:, None])
        gradient = np.r_[(residual * logits).sum(), residual.sum(axis=0)] + penalties * values
        value = penalties @ values**2 / 2 - weights @ np.log(given)
        return float(value) / n_rows, gradient / n_rows

    # A scale below 0 would turn the order of the classes round.
    bounds = [(-1.0, None)] + [(None, None)] * logits.shape[1]
    result = minimize(
        loss,
        np.zeros(len(penalties)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": TOLERANCE, "gtol": TOLERANCE},
    )
    return Adjustment(1 + float(result.x[0]), result.x[1:])


def logits_of(proba: Array) -> Array:
    """Their logarithms, none of which is below that of `SUREST`."""
    return np.log(proba.clip(min=SUREST))
