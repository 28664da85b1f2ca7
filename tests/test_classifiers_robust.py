"""Losses by name, by class, with parameters."""

import numpy as np
import pytest
from helpers import QUICK
from sklearn.model_selection import GridSearchCV

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
)
from sknoisy.losses import GCELoss

CORRECTED = [ForwardCorrectedClassifier, BackwardCorrectedClassifier]


def test_robust_loss_takes_names_classes_and_parameters(blobs):
    X, y, _ = blobs
    named = RobustLossClassifier(QUICK, loss="gce", loss_params={"q": 0.5}, random_state=0)
    classed = RobustLossClassifier(QUICK, loss=GCELoss, loss_params={"q": 0.5}, random_state=0)
    np.testing.assert_array_equal(
        named.fit(X, y).predict_proba(X), classed.fit(X, y).predict_proba(X)
    )
    other = RobustLossClassifier(QUICK, loss="gce", loss_params={"q": 1.0}, random_state=0)
    assert np.abs(other.fit(X, y).predict_proba(X) - named.predict_proba(X)).max() > 1e-3


def test_unknown_loss_lists_the_known_ones(blobs):
    X, y, _ = blobs
    with pytest.raises(ValueError, match="loss must be one of .*'gce'"):
        RobustLossClassifier(loss="hinge").fit(X, y)


def test_losses_can_be_searched_in_a_grid(blobs):
    X, y, _ = blobs
    losses = {"loss": ["cross_entropy", "gce", "mae"]}
    grid = GridSearchCV(RobustLossClassifier(QUICK, random_state=0), losses, cv=2).fit(X, y)
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()
