"""What the Displays share: axes of matplotlib and the source of T."""

import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy.inspection import LabelQualityDisplay, LearningCurvesDisplay, TransitionMatrixDisplay
from sknoisy.inspection._display import fitted_holder

X, Y = np.arange(8.0)[:, None], np.arange(8) % 2
CLASSIFIER = GaussianNB().fit(X, Y)


class CorrectedNB(GaussianNB):
    transition_matrix_ = np.array([[0.9, 0.1], [0.2, 0.8]])


def test_given_axes_are_used():
    ax = Figure().subplots()
    display = LabelQualityDisplay([0.1, 0.9]).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"sknoisy\[plot\]"):
        LabelQualityDisplay([0.1, 0.9]).plot()


def test_the_matrix_of_the_classifier_inside_a_pipeline_is_used():
    pipeline = make_pipeline(StandardScaler(), CorrectedNB()).fit(X, Y)
    options = {"ax": Figure().subplots()}
    display = LabelQualityDisplay.from_estimator(pipeline, X, Y, **options)
    T = CorrectedNB.transition_matrix_
    given = LabelQualityDisplay.from_estimator(pipeline, X, Y, T, **options)
    np.testing.assert_array_equal(display.quality, given.quality)
    half = LabelQualityDisplay.from_estimator(pipeline, X, Y, [[0.6, 0.4], [0.4, 0.6]], **options)
    assert np.abs(half.quality - given.quality).max() > 0.01


def test_without_any_matrix_the_error_says_what_to_pass():
    with pytest.raises(ValueError, match="no transition_matrix_. Pass transition_matrix"):
        LabelQualityDisplay.from_estimator(CLASSIFIER, X, Y)
    with pytest.raises(ValueError, match="no transition_matrix_. Pass an estimator of T"):
        TransitionMatrixDisplay.from_estimator(CLASSIFIER)


@pytest.mark.parametrize("display", [TransitionMatrixDisplay, LearningCurvesDisplay])
def test_an_estimator_that_is_not_fitted_is_refused(display):
    with pytest.raises(NotFittedError):
        display.from_estimator(GaussianNB())


def test_the_holder_is_the_estimator_itself_where_it_has_the_attribute():
    assert fitted_holder(CLASSIFIER, "theta_", "") is CLASSIFIER
