"""Where T comes from, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from helpers import QUICK, T2, T3
from sklearn.ensemble import RandomForestClassifier

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    TransitionMatrixEstimator,
)
from sknoisy.noise import symmetric_transition_matrix

CORRECTED = [ForwardCorrectedClassifier, BackwardCorrectedClassifier]


def test_labelled_frame_is_put_into_the_order_of_the_classes(blobs):
    X, y, _ = blobs
    names = np.array(["c", "a", "b"])[y]
    T = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.0, 0.1, 0.9]])
    frame = pd.DataFrame(T, index=["c", "a", "b"], columns=["c", "a", "b"])
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=frame, random_state=0).fit(X, names)
    np.testing.assert_array_equal(clf.transition_matrix_, T[np.ix_([1, 2, 0], [1, 2, 0])])


def test_default_estimates_t_with_the_classifiers_own_network(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, random_state=0).fit(X, y)
    assert clf.transition_matrix_source_ == "estimated"
    assert len(clf.transition_matrix_estimator_.estimators_[0].history_) == 5


def test_known_t_leaves_no_estimator_of_an_earlier_fit(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, random_state=0).fit(X, y)
    clf.set_params(transition_matrix=T3).fit(X, y)
    assert not hasattr(clf, "transition_matrix_estimator_")


def test_classes_absent_from_y_keep_their_column(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(
        QUICK, transition_matrix=T3, classes=[0, 1, 2], random_state=0
    ).fit(X[y < 2], y[y < 2])
    assert clf.predict_proba(X).shape == (len(X), 3)
    estimated = ForwardCorrectedClassifier(QUICK, classes=[0, 1, 2], random_state=0)
    assert estimated.fit(X[y < 2], y[y < 2]).transition_matrix_.shape == (3, 3)


@pytest.mark.parametrize("corrected", CORRECTED)
@pytest.mark.parametrize(
    ("T", "message"),
    [
        (np.ones((3, 2)) / 2, "must be square"),
        (np.ones(3), "must be square"),
        (T2, r"must have shape \(3, 3\)"),
        (symmetric_transition_matrix(4, 0.2), r"must have shape \(3, 3\).*classes="),
        ([[1.1, -0.1, 0], [0, 1, 0], [0, 0, 1]], "probabilities >= 0; got -0.1 in row 0"),
        ([[np.nan, 1, 0], [0, 1, 0], [0, 0, 1]], "finite"),
        ([[0.5, 0.4, 0], [0, 1, 0], [0, 0, 1]], "row 0 sums to 0.9"),
        ([[0.8, 0, 0], [0.2, 1, 0.5], [0, 0, 0.5]], "transpose"),
        ([[1, 0, 0], [0.5, 0.5, 0], [0.3, 0.7, 0]], r"labels \[2\] never occur"),
        ("count", '"carried"; got'),
        ("carried", "place TransitionMatrixEstimator directly before"),
    ],
)
def test_unusable_t_is_refused_before_training(corrected, T, message, blobs, monkeypatch):
    X, y, _ = blobs
    monkeypatch.setattr("sknoisy._classifiers._base.fit_net", forbidden)
    with pytest.raises(ValueError, match=message):
        corrected(transition_matrix=T).fit(X, y)


def forbidden(*args, **kwargs):
    raise AssertionError("training began before the input was checked")


@pytest.mark.parametrize(
    ("T", "error", "message"),
    [
        ([["a", "b"], ["c", "d"]], TypeError, "array of numbers"),
        (TransitionMatrixEstimator, TypeError, r"pass TransitionMatrixEstimator\(...\)"),
        (RandomForestClassifier(10), TypeError, "sets transition_matrix_ when fitted"),
    ],
)
def test_t_of_a_wrong_kind_is_refused(T, error, message, blobs):
    X, y, _ = blobs
    with pytest.raises(error, match=message):
        ForwardCorrectedClassifier(transition_matrix=T).fit(X, y)


def test_tag_of_other_classes_is_refused(blobs):
    X, y, _ = blobs
    tagged = TransitionMatrixEstimator(RandomForestClassifier(10), cv=2).fit(X, y).transform(X)
    with pytest.raises(ValueError, match="carries a transition matrix for the classes"):
        ForwardCorrectedClassifier().fit(tagged[y < 2], y[y < 2])
