"""What held-out trusted rows say about the posteriors: too sure, or too much of one class."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax, ndtri, softmax

from .._net import bare_module
from .._transition import SUREST, Adjustment, likeliest_adjustment, logits_of
from ..modules import MixedTableMLP, TableMLP

Array = NDArray[np.float64]
Codes = NDArray[np.integer]

# How close scale and shift are held to 1 and 0; the evidence chooses, also for no change at all.
PENALTIES = np.geomspace(1, 256, 9)
# Of trusted rows drawn at random, one set in ten is taken for another kind of rows.
UNLIKELY = 0.1


def can_be_adjusted(net: object) -> bool:
    """Whether the last layer of each member is known."""
    return isinstance(bare_module(net), TableMLP | MixedTableMLP)


def adjustment(proba: Array, clean: Codes, weights: Array) -> Adjustment | None:
    """The scale and shift that trusted rows, left out of the training, ask for; None for none.

    Notes
    -----
    Both are held to no change by a penalty, whose size maximises the evidence by Laplace's
    approximation: where the rows say nothing against the posteriors, these stay as they are.
    """
    n, K = proba.shape
    logits, Y, of_rows = logits_of(proba), np.eye(K)[clean], weights[:, None]
    # How the logits depend on each parameter, of shape (n, K, 1 + K).
    slopes = np.concatenate([logits[:, :, None], np.tile(np.eye(K), (n, 1, 1))], axis=2)
    best, found = float((of_rows * Y * log_softmax(logits, axis=1)).sum()), None
    for penalty in PENALTIES:
        asked = likeliest_adjustment(proba, Y, weights, np.full(1 + K, penalty))
        adjusted = asked.scale * logits + asked.shift
        P = softmax(adjusted, axis=1)
        mean = np.einsum("nkp,nk->np", slopes, P)
        information = np.einsum("nkp,nk,nkq->pq", slopes, of_rows * P, slopes)
        information -= (of_rows * mean).T @ mean
        fit = (of_rows * Y * log_softmax(adjusted, axis=1)).sum()
        moved = penalty * ((asked.scale - 1) ** 2 + asked.shift @ asked.shift)
        curvature = np.linalg.slogdet(information / penalty + np.eye(1 + K))[1]
        evidence = float(fit - (moved + curvature) / 2)
        if evidence > best and asked.scale > 0:
            best, found = evidence, asked
    return found


def put_into(module: TableMLP | MixedTableMLP, asked: Adjustment) -> None:
    """Change the last layer of each member, and its trees."""
    parts = (module,) if isinstance(module, TableMLP) else (module.networks, module.linear)
    for part in parts:
        weights, biases = part.weights[-1], part.biases[-1]
        shift = torch.from_numpy(asked.shift).to(biases)
        with torch.no_grad():
            weights.mul_(asked.scale)
            biases.mul_(asked.scale).add_(shift)
            part.trees.adjust(asked.scale, shift)


def cross_fitted(proba: Array, clean: Codes, fold: Codes, weights: Array) -> Array:
    """Posteriors of trusted rows, each adjusted by what the rows of the other folds ask for."""
    adjusted = proba.copy()
    for part in np.unique(fold):
        rest = fold != part
        if (asked := adjustment(proba[rest], clean[rest], weights[rest])) is not None:
            adjusted[~rest] = asked.applied(proba[~rest])
    return adjusted


def is_likelier(adjusted: Array, before: Array, clean: Codes, weights: Array) -> bool:
    """Whether adjusted posteriors of left-out rows are better by a standard error.

    A shift of each class is much to ask of few rows: their own evidence believes it too soon.
    """
    at = np.arange(len(clean)), clean
    gain = np.log(adjusted[at].clip(SUREST)) - np.log(before[at].clip(SUREST))
    mean = np.average(gain, weights=weights)
    error = np.sqrt((weights**2 * (gain - mean) ** 2).sum()) / weights.sum()
    return bool(mean > error)


def look_random(rows: NDArray[np.intp], proba: Array, noisy: Codes) -> bool:
    """Whether trusted rows look as if drawn from all rows, not class by class or the doubtful ones.

    By their posteriors and, where rows have one, by their noisy labels: `noisy` are those of the
    first rows of `proba`.
    """
    K, n = proba.shape[1], len(noisy)
    tested = [(proba, rows)]
    if (rows < n).all():
        agree = noisy == proba[:n].argmax(axis=1)
        tested.append((np.column_stack([np.eye(K)[noisy], agree]), rows))
    limit = ndtri(1 - UNLIKELY / (2 * sum(values.shape[1] for values, _ in tested)))
    for values, some in tested:
        error = values.std(axis=0) / np.sqrt(len(some))
        if (np.abs(values[some].mean(axis=0) - values.mean(axis=0)) > limit * error).any():
            return False
    return True
