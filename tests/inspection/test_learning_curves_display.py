"""Losses by epoch."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy.inspection import LearningCurvesDisplay

X, Y = load_iris(return_X_y=True)


def axes():
    return Figure().subplots()


# Two epochs teach such a network little, and the estimate of T says so.
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_from_estimator_draws_both_stages():
    net = make_net(module__hidden_sizes=(8,), max_epochs=2)
    clf = ForwardCorrectedClassifier(
        net, transition_matrix=TransitionMatrixEstimator(net, cv=2), random_state=0
    ).fit(np.tile(X, (4, 1)), np.tile(Y, 4))
    display = LearningCurvesDisplay.from_estimator(clf, ax=axes())
    assert list(display.curves) == ["stage 1: noisy labels", "stage 2: corrected"]
    assert len(display.curves["stage 1: noisy labels"]) == 2  # One network per fold.
    drawn = display.lines_[-1].get_ydata()
    np.testing.assert_allclose(drawn, [epoch["train_loss"] for epoch in clf.history_])


def test_held_out_losses_are_dashed():
    history = [{"train_loss": 1.0, "valid_loss": 1.2}, {"train_loss": 0.5, "valid_loss": 0.9}]
    display = LearningCurvesDisplay.from_histories(history, ax=axes(), log_scale=True)
    assert [line.get_linestyle() for line in display.lines_] == ["-", "--"]
    assert display.ax_.get_yscale() == "log"


def test_a_classifier_without_epochs_is_refused():
    with pytest.raises(ValueError, match="has no history_"):
        LearningCurvesDisplay.from_estimator(GaussianNB().fit(X, Y))


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="at least one epoch"):
        LearningCurvesDisplay.from_histories([])
    with pytest.raises(ValueError, match="one number per epoch"):
        LearningCurvesDisplay({"stage": [([[1.0]], None)]})
