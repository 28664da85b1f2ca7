"""Trusted rows as judges of a classifier that was trained on the other rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._net import bare_module
from .._validation import TrainingSet
from ._net_classifier import Trained
from ._trusted_adjustment import (
    adjustment,
    can_be_adjusted,
    cross_fitted,
    is_likelier,
    look_random,
    put_into,
)
from ._trusted_alone import FEWEST, warn_if_better_alone


def judged_by_trusted(
    trained: Trained, training: TrainingSet, data: TrainingSet, rows: NDArray[np.intp]
) -> Trained:
    """Adjust the logits where `rows`, trusted and left out by members in turn, ask for it.

    Warn where these rows alone make a better classifier even so. `training` holds the trusted
    labels, `data` the noisy ones. Without left-out rows there is nothing to judge by.
    """
    proba, fold = trained.clean_proba, trained.fold
    if proba is None or fold is None or len(rows) < FEWEST:
        return trained
    clean, held_out, folds = training.y[rows], proba[rows], fold[rows]
    if can_be_adjusted(trained.net) and not data.is_soft and look_random(rows, proba, data.y):
        weights = _own_weights(data, rows)
        adjusted = cross_fitted(held_out, clean, folds, weights)
        asked = adjustment(held_out, clean, weights)
        if asked is not None and is_likelier(adjusted, held_out, clean, weights):
            held_out = adjusted
            put_into(bare_module(trained.net), asked)
            trained = trained._replace(clean_proba=asked.applied(proba))
    warn_if_better_alone(training.X, rows, clean, folds, held_out)
    return trained


def _own_weights(data: TrainingSet, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Weights of trusted rows without what makes these heavier: each says one thing, once."""
    if data.loss_weight is None or rows.max() >= len(data.y):
        return np.ones(len(rows))
    return data.loss_weight[rows]
