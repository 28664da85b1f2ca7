"""T as a picture."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import TransitionMatrixEstimator
from sknoisy.inspection import TransitionMatrixDisplay

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
ESTIMATOR = TransitionMatrixEstimator(GaussianNB(), keep_proba=True, random_state=0).fit(X, NAMES)


def axes():
    return Figure().subplots()


def test_from_estimator_draws_its_matrix_with_intervals_and_names():
    display = TransitionMatrixDisplay.from_estimator(ESTIMATOR, n_bootstrap=5, ax=axes())
    np.testing.assert_array_equal(display.im_.get_array(), ESTIMATOR.transition_matrix_)
    assert display.interval.shape == (2, 3, 3)
    assert " to " in display.text_[0, 0].get_text()
    ticks = [text.get_text() for text in display.ax_.xaxis.get_ticklabels()]
    assert ticks == ["setosa", "versicolor", "virginica"]
    assert display.figure_ is display.ax_.figure
    assert display.colorbar_ is not None


def test_from_estimator_takes_the_last_step_of_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), ESTIMATOR)
    display = TransitionMatrixDisplay.from_estimator(pipeline, confidence_level=None, ax=axes())
    assert display.interval is None
    assert display.text_[0, 0].get_text() == f"{ESTIMATOR.transition_matrix_[0, 0]:.2f}"


def test_from_predictions_estimates_as_the_estimator_does():
    display = TransitionMatrixDisplay.from_predictions(
        ESTIMATOR.noisy_proba_, NAMES, n_bootstrap=5, ax=axes()
    )
    np.testing.assert_allclose(display.transition_matrix, ESTIMATOR.transition_matrix_)


def test_from_predictions_says_which_shape_it_needs():
    with pytest.raises(ValueError, match=r"shape \(150, 3\)"):
        TransitionMatrixDisplay.from_predictions(ESTIMATOR.noisy_proba_[:, :2], NAMES)


def test_a_hundred_classes_are_drawn_without_numbers():
    display = TransitionMatrixDisplay(np.eye(100)).plot(ax=axes())
    assert display.text_ is None


def test_a_matrix_that_is_none_is_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        TransitionMatrixDisplay([[0.8, 0.1], [0.1, 0.9]])
