"""Trusted rows as judges of a classifier that was trained on the other rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._net import bare_module
from .._validation import TrainingSet
from ._net_classifier import Trained
from ._trusted_adjustment import adjustment, can_be_adjusted, cross_fitted, look_random
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
        weights = np.ones(len(rows)) if training.loss_weight is None else training.loss_weight[rows]
        held_out = cross_fitted(held_out, clean, folds, weights)
        asked = adjustment(proba[rows], clean, weights)
        if asked is not None:
            asked.put_into(bare_module(trained.net))
            trained = trained._replace(clean_proba=asked.applied(proba))
    warn_if_better_alone(training.X, rows, clean, folds, held_out)
    return trained
