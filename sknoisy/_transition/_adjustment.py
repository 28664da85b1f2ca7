"""Logits scaled, shifted and mixed, by what labels say of the posteriors of their rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax

from ._arrays import Array

# A posterior is not believed to be surer than this.
SUREST = 1e-4
TOLERANCE = 1e-12
# Of the entries that mix logits, before labels are seen; and rows needed for each.
MIXING, ROWS_PER_PARAMETER = 0.2, 10


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
        value, slope = _misfit((1 + values[0]) * logits + values[1:], likelihoods, weights)
        gradient = np.r_[(slope * logits).sum(), slope.sum(axis=0)] + penalties * values
        return float(value + penalties @ values**2 / 2) / n_rows, gradient / n_rows

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


def mixed_if_likelier(proba: Array, likelihoods: Array, weights: Array) -> Array:
    """The posteriors, or those whose logits mix the classes, if labels are likelier by far.

    Notes
    -----
    Matrix scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), through T.
    It must gain more in the logarithm of the likelihood than it has parameters (Akaike's
    criterion), and is not tried where these are many for so few rows.
    """
    logits, n_rows = logits_of(proba), float(weights.sum())
    columns = np.column_stack([logits - logits.mean(axis=0), np.ones(len(logits))])
    shape = columns.shape[1], logits.shape[1]
    penalties = np.repeat([MIXING**-2, 1.0], [shape[0] - 1, 1])[:, None]
    if shape[0] * shape[1] * ROWS_PER_PARAMETER > n_rows:
        return proba

    def loss(values: Array) -> tuple[float, Array]:
        change = values.reshape(shape)
        value, slope = _misfit(logits + columns @ change, likelihoods, weights)
        gradient = columns.T @ slope + penalties * change
        return (value + (penalties * change**2).sum() / 2) / n_rows, gradient.ravel() / n_rows

    start = np.zeros(shape[0] * shape[1])
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    mixed = logits + columns @ result.x.reshape(shape)
    before, after = (_misfit(each, likelihoods, weights)[0] for each in (logits, mixed))
    return np.asarray(softmax(mixed, axis=1)) if before - after > len(start) else proba


def _misfit(logits: Array, likelihoods: Array, weights: Array) -> tuple[float, Array]:
    """Minus the logarithm of the likelihood of the labels, and its gradient by the logits."""
    p = softmax(logits, axis=1)
    joint = p * likelihoods
    given = joint.sum(axis=1).clip(min=1e-300)
    return -float(weights @ np.log(given)), weights[:, None] * (p - joint / given[:, None])


def logits_of(proba: Array) -> Array:
    """Their logarithms, none of which is below that of `SUREST`."""
    return np.log(proba.clip(min=SUREST))
