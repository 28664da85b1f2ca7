"""The corrected confusion matrix as a picture."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

from sknoisy.inspection import NoiseCorrectedConfusionMatrixDisplay
from sknoisy.metrics import noise_corrected_confusion_matrix
from sknoisy.noise import corrupt_labels

T = np.array([[0.8, 0.2], [0.1, 0.9]])
RNG = np.random.RandomState(0)
Y = RNG.randint(2, size=2000)
X = RNG.normal(size=(2000, 1)) + 2 * Y[:, None]
NOISY = corrupt_labels(Y, T, random_state=1)


def axes():
    return Figure().subplots()


def test_from_estimator_shows_what_the_metric_says():
    clf = LogisticRegression().fit(X, NOISY)
    display = NoiseCorrectedConfusionMatrixDisplay.from_estimator(clf, X, NOISY, T, ax=axes())
    expected = noise_corrected_confusion_matrix(NOISY, clf.predict(X), T, normalize="true")
    np.testing.assert_allclose(display.confusion_matrix, expected)
    assert display.text_[0, 0].get_text() == f"{expected[0, 0]:.2f}"
    assert display.ax_.get_ylabel() == "Clean label"


def test_from_predictions_names_the_classes():
    names = np.array(["no", "yes"])
    display = NoiseCorrectedConfusionMatrixDisplay.from_predictions(
        names[NOISY], names[Y], T, ax=axes()
    )
    assert [text.get_text() for text in display.ax_.yaxis.get_ticklabels()] == ["no", "yes"]


def test_a_classifier_without_its_own_matrix_needs_one():
    clf = LogisticRegression().fit(X, NOISY)
    with pytest.raises(ValueError, match="has no transition_matrix_. Pass transition_matrix"):
        NoiseCorrectedConfusionMatrixDisplay.from_estimator(clf, X, NOISY)


def test_a_hundred_classes_are_drawn_without_numbers():
    display = NoiseCorrectedConfusionMatrixDisplay(np.eye(100)).plot(ax=axes(), colorbar=False)
    assert display.text_ is None
    assert display.colorbar_ is None
