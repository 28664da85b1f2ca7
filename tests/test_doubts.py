"""What is doubtful about T is said whenever T is used, wherever it came from."""

import warnings

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._hints import SEE_WARNINGS
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.inspection import TransitionMatrixDisplay

RNG = np.random.RandomState(0)
Y = np.repeat([0, 1, 2], [60, 60, 12])
X = (3 * np.eye(3)[Y] + RNG.normal(size=(len(Y), 3))).astype(np.float32)
FEW = "rest on fewer than 30 examples"
NET = make_net(max_epochs=1)
ESTIMATOR = TransitionMatrixEstimator(GaussianNB(), random_state=0)
# An example of 1 is labelled 0 more often than one of 0 is.
SWAPPED = np.array([[0.3, 0.7, 0.0], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])


def said(fit):
    """Warnings of a fit that speak of T, without their hint, and what it returns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = fit()
    messages = [str(warning.message).removesuffix(f" {SEE_WARNINGS}") for warning in caught]
    return [message for message in messages if "T" in message], fitted


def test_the_estimator_keeps_its_doubts_and_warns_of_them():
    messages, estimator = said(lambda: ESTIMATOR.fit(X, Y))
    assert FEW in messages[0]
    assert estimator.doubts_ == tuple(messages)
    messages, groups = said(
        lambda: GroupTransitionMatrixEstimator(ESTIMATOR).fit(X, Y, np.ones(len(Y)), Y > 3)
    )
    assert groups.doubts_ == tuple(messages) == estimator.doubts_


def test_noise_that_may_be_overlap_is_among_them():
    rng = np.random.RandomState(0)
    x = rng.normal(size=(300, 1))
    y = (rng.uniform(size=300) < 1 / (1 + np.exp(-0.8 * x[:, 0]))).astype(int)
    estimator = TransitionMatrixEstimator(
        LogisticRegression(), method="likelihood", keep_proba=True, random_state=0
    )
    messages, fitted = said(lambda: estimator.fit(x, y))
    assert fitted.doubts_ == tuple(messages)
    assert any("hardly tell noise from overlap" in doubt for doubt in fitted.doubts_)
    messages, _ = said(
        lambda: TransitionMatrixDisplay.from_predictions(
            fitted.noisy_proba_, y, method="likelihood", confidence_level=None
        )
    )
    assert fitted.doubts_ == tuple(messages)


@pytest.mark.parametrize(
    "classifier",
    [
        ForwardCorrectedClassifier(NET, random_state=0),
        BackwardCorrectedClassifier(NET, random_state=0),
        ReweightedClassifier(GaussianNB(), random_state=0),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_a_cache_hit_says_the_same(classifier, tmp_path):
    classifier.set_params(transition_matrix=ESTIMATOR, memory=str(tmp_path))
    first, fitted = said(lambda: classifier.fit(X, Y))
    again, _ = said(lambda: classifier.fit(X, Y))
    assert [FEW in message for message in first].count(True) == 1
    assert again == first
    assert fitted.doubts_ == fitted.transition_matrix_estimator_.doubts_


def test_a_carried_t_brings_its_doubts_also_from_the_cache_of_a_pipeline(tmp_path):
    steps = [
        ("scale", StandardScaler()),
        ("noise", ESTIMATOR),
        ("clf", ForwardCorrectedClassifier(NET, random_state=0)),
    ]
    for expected in (2, 1):  # The estimator's fit warns too, unless it comes from the cache.
        pipeline = Pipeline(steps, memory=str(tmp_path))
        messages, fitted = said(lambda pipeline=pipeline: pipeline.fit(X, Y))
        assert [FEW in message for message in messages].count(True) == expected
        assert FEW in fitted[-1].doubts_[0]


def test_an_estimator_that_was_fitted_before_is_doubted_again():
    _, fitted = said(lambda: ESTIMATOR.fit(X, Y))
    clf = ReweightedClassifier(GaussianNB(), transition_matrix=FrozenEstimator(fitted))
    messages, clf = said(lambda: clf.fit(X, Y))
    assert clf.doubts_ == tuple(messages) == fitted.doubts_


def test_a_calibrated_classifier_says_the_doubts_of_what_it_calibrates():
    clf = NoiseCalibratedClassifier(ReweightedClassifier(GaussianNB(), transition_matrix=ESTIMATOR))
    _, fitted = said(lambda: clf.fit(X, Y))
    assert FEW in fitted.doubts_[0]


@pytest.mark.parametrize(
    "classifier",
    [
        ForwardCorrectedClassifier(NET, random_state=0),
        BackwardCorrectedClassifier(NET, random_state=0),
        ReweightedClassifier(GaussianNB(), random_state=0),
        NoiseCalibratedClassifier(GaussianNB()),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_a_given_t_that_is_not_diagonally_dominant_is_doubted(classifier):
    classifier.set_params(transition_matrix=SWAPPED)
    with pytest.warns(UserWarning, match="not diagonally dominant: an example of 1 .* columns"):
        fitted = classifier.fit(X, Y)
    assert len(fitted.doubts_) == 1
    T = [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]]
    assert said(lambda: classifier.set_params(transition_matrix=T).fit(X, Y))[1].doubts_ == ()


def test_a_group_that_errs_more_often_than_not_is_told_by_the_others():
    group = np.arange(len(Y)) % 3
    clf = ReweightedClassifier(GaussianNB(), transition_matrix=[np.eye(3), np.eye(3), SWAPPED])
    assert said(lambda: clf.fit(X, Y, None, group))[1].doubts_ == ()


def test_what_is_wrong_with_the_folds_is_said_from_the_cache_too(tmp_path):
    order = np.argsort(Y, kind="stable")
    source = TransitionMatrixEstimator(LogisticRegression(), method="count", cv=KFold(5))
    clf = ForwardCorrectedClassifier(
        make_net(max_epochs=1), transition_matrix=source, random_state=0, memory=str(tmp_path)
    )
    for _ in range(2):
        messages, _ = said(lambda: clf.fit(X[order], Y[order]))
        assert sum("training parts of some folds hold no row" in m for m in messages) == 1
    assert "hold no row" in clf.doubts_[0]
