import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sknoisy.noise import (
    CorruptedLabelsClassifier,
    corrupt_labels,
    pair_flip_transition_matrix,
    part_dependent_noise,
)

X, Y = load_iris(return_X_y=True)
T = pair_flip_transition_matrix(3, 0.4)


def test_fit_is_that_of_the_estimator_on_corrupted_labels():
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    wrapped = CorruptedLabelsClassifier(LogisticRegression(max_iter=500), T, random_state=3)
    wrapped.fit(X, names)
    noisy = corrupt_labels(names, T, random_state=3)
    plain = LogisticRegression(max_iter=500).fit(X, noisy)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(wrapped, method)(X), getattr(plain, method)(X))
    assert wrapped.score(X, names) == plain.score(X, names)
    assert wrapped.noise_rate_ == (noisy != names).mean()
    np.testing.assert_array_equal(wrapped.transition_matrix_, T)
    np.testing.assert_array_equal(wrapped.classes_, np.unique(names))


def test_cross_validation_trains_on_noisy_labels_and_scores_on_clean_ones():
    # A 1-neighbour classifier repeats the labels it was given: noisy in training, and the test
    # score against clean labels betrays which ones it saw.
    always_next = CorruptedLabelsClassifier(
        KNeighborsClassifier(1), pair_flip_transition_matrix(3, 1.0)
    )
    scores = cross_validate(
        make_pipeline(StandardScaler(), always_next), X, Y, return_train_score=True
    )
    assert (scores["train_score"] == 0).all()
    assert (scores["test_score"] <= 0.1).all()


def test_labels_that_are_noisy_already_are_split_as_the_clean_ones():
    """Every training label is the next class, so no prediction is right anywhere."""
    pipe = make_pipeline(StandardScaler(), CorruptedLabelsClassifier(KNeighborsClassifier(1)))
    params = {"corruptedlabelsclassifier__y_noisy": (Y + 1) % 3}
    scores = cross_validate(pipe, X, Y, params=params, return_train_score=True)
    assert (scores["train_score"] == 0).all()
    assert (scores["test_score"] <= 0.1).all()


def test_noise_that_depends_on_the_features_goes_through_a_grid():
    noise = part_dependent_noise(X, Y, 0.4, random_state=0)
    wrapped = CorruptedLabelsClassifier(KNeighborsClassifier())
    grid = GridSearchCV(wrapped, {"estimator__n_neighbors": [1, 15]}, cv=3)
    best = grid.fit(X, Y, y_noisy=noise.labels).best_estimator_
    assert best.estimator_.n_neighbors == 15
    plain = KNeighborsClassifier(15).fit(X, noise.labels)
    np.testing.assert_array_equal(best.predict(X), plain.predict(X))
    assert best.noise_rate_ == (noise.labels != Y).mean()
    assert not hasattr(best, "transition_matrix_")


def test_with_routing_noisy_labels_stay_and_weights_go_on():
    weights = np.where(Y == 2, 0.0, 1.0)
    with config_context(enable_metadata_routing=True):
        wrapped = CorruptedLabelsClassifier(
            LogisticRegression(max_iter=500)
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight=False)
        )
        wrapped.set_fit_request(y_noisy=True).set_score_request(sample_weight=False)
        params = {"y_noisy": (Y + 1) % 3, "sample_weight": weights}
        scores = cross_validate(wrapped, X, Y, params=params)
    # Class 2 without weight is taken for its neighbour 1, which is labelled 2.
    np.testing.assert_allclose(scores["test_score"], 1 / 3, atol=0.05)


def test_candidates_of_a_grid_meet_the_same_noise():
    wrapped = CorruptedLabelsClassifier(KNeighborsClassifier(), T, random_state=0)
    grid = GridSearchCV(wrapped, {"estimator__n_neighbors": [15, 15]}, cv=3).fit(X, Y)
    first, second = grid.cv_results_["mean_test_score"]
    assert first == second


def test_methods_are_those_of_the_estimator():
    wrapped = CorruptedLabelsClassifier(LinearSVC(), T)
    assert not hasattr(wrapped, "predict_proba")
    assert hasattr(wrapped, "decision_function")
    assert not hasattr(CorruptedLabelsClassifier(KNeighborsClassifier(), T), "decision_function")


def test_the_estimator_passed_in_stays_unfitted_and_y_unchanged():
    y, inner = Y.copy(), LogisticRegression(max_iter=500)
    CorruptedLabelsClassifier(inner, T).fit(X, y)
    assert not hasattr(inner, "classes_")
    np.testing.assert_array_equal(y, Y)


def test_exact_noise_and_absent_classes_pass_through():
    two = Y < 2
    wrapped = CorruptedLabelsClassifier(
        LogisticRegression(max_iter=500), T, classes=[0, 1, 2], exact=True
    )
    wrapped.fit(X[two], Y[two])
    assert wrapped.noise_rate_ == 0.4
    assert wrapped.classes_.tolist() == [0, 1, 2]


def test_weights_reach_the_estimator_with_and_without_routing():
    weights = np.where(Y == 2, 0.0, 1.0)
    wrapped = CorruptedLabelsClassifier(LogisticRegression(max_iter=500), np.eye(3))
    assert 2 not in wrapped.fit(X, Y, sample_weight=weights).predict(X)
    with config_context(enable_metadata_routing=True):
        routed = clone(wrapped).set_score_request(sample_weight=False)
        routed.estimator.set_fit_request(sample_weight=True)
        routed.estimator.set_score_request(sample_weight=False)
        scores = cross_validate(routed, X, Y, params={"sample_weight": weights})
    assert scores["test_score"].max() <= 2 / 3


def test_with_routing_weights_that_nobody_asked_for_are_refused():
    wrapped = CorruptedLabelsClassifier(LogisticRegression(), np.eye(3))
    with (
        config_context(enable_metadata_routing=True),
        pytest.raises(UnsetMetadataPassedError, match="sample_weight"),
    ):
        wrapped.fit(X, Y, sample_weight=np.ones(len(Y)))


@pytest.mark.parametrize(
    ("matrix", "y_noisy", "message"),
    [
        (None, None, "either a transition_matrix or noisy labels.*got none"),
        (T, Y, "either a transition_matrix or noisy labels.*got both"),
        (None, Y[:-1], "inconsistent numbers of samples"),
        (None, Y[:, None] * np.ones(2), "1d array"),
        (None, np.where(Y == 0, np.nan, Y), "y_noisy contains NaN"),
    ],
)
def test_noise_comes_from_one_place_and_fits(matrix, y_noisy, message):
    with pytest.raises(ValueError, match=message):
        CorruptedLabelsClassifier(LogisticRegression(), matrix).fit(X, Y, y_noisy=y_noisy)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(4), r"shape \(3, 3\).*got \(4, 4\)"),
        (lambda n_classes: np.ones((n_classes, n_classes)), "rows that sum to 1"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(matrix, message):
    with pytest.raises(ValueError, match=message):
        CorruptedLabelsClassifier(LogisticRegression(), matrix).fit(X, Y)
