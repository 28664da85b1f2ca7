import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy.annotators import annotator_log_likelihood

T = np.array([[[0.8, 0.2], [0.1, 0.9]], [[0.6, 0.4], [0.4, 0.6]]])


class FittedClassifier:
    classes_, transition_matrices_, missing_label = np.array([0, 1]), T, -1

    def predict_proba(self, X):
        return np.asarray(X)


class FittedSearch:
    def __init__(self, pipeline):
        self.best_estimator_ = pipeline

    def predict_proba(self, X):
        return self.best_estimator_.steps[-1][1].predict_proba(X)


def test_score_is_the_mean_log_likelihood_of_rows_that_have_labels():
    proba = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]])
    y = np.array([[0, 1], [-1, 0], [-1, -1]])
    first = 0.7 * 0.8 * 0.4 + 0.3 * 0.1 * 0.6
    second = 0.2 * 0.6 + 0.8 * 0.4
    expected = np.log([first, second]).mean()
    assert annotator_log_likelihood(FittedClassifier(), proba, y) == pytest.approx(expected)


def test_the_classifier_inside_a_search_and_a_pipeline_is_scored():
    search = FittedSearch(make_pipeline(StandardScaler(), FittedClassifier()))
    proba, y = np.array([[0.7, 0.3], [0.2, 0.8]]), np.array([[0, 1], [-1, 0]])
    expected = annotator_log_likelihood(FittedClassifier(), proba, y)
    assert annotator_log_likelihood(search, proba, y) == expected


def test_better_posteriors_score_higher():
    y = np.array([[0, 0], [1, 1]])
    right, wrong = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.1, 0.9], [0.9, 0.1]])
    scores = [annotator_log_likelihood(FittedClassifier(), proba, y) for proba in (right, wrong)]
    assert scores[0] > scores[1]


def test_other_classifiers_are_refused():
    clf = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match="AnnotatorCorrectedClassifier"):
        annotator_log_likelihood(clf, [[0.0]], [[0, 1]])


def test_a_column_for_each_annotator_of_fit_is_needed():
    with pytest.raises(ValueError, match="each of the 2 annotators of fit, .* got 1 columns"):
        annotator_log_likelihood(FittedClassifier(), np.full((2, 2), 0.5), np.array([[0], [1]]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples: 3 and 2"):
        annotator_log_likelihood(FittedClassifier(), np.full((3, 2), 0.5), np.eye(2, dtype=int))
