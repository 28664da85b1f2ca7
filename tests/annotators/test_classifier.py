import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sknoisy import RobustLossClassifier, make_net
from sknoisy.annotators import (
    AnnotatorCorrectedClassifier,
    DawidSkene,
    annotator_log_likelihood,
)
from sknoisy.noise import (
    annotator_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

X, CLEAN = load_digits(n_class=5, return_X_y=True)
X = (X / 16).astype(np.float32)
TRAIN, TEST = np.arange(600), np.arange(600, len(X))
K = 5
T = np.array(
    [
        symmetric_transition_matrix(K, 0.3),
        pair_flip_transition_matrix(K, 0.45),
        symmetric_transition_matrix(K, 0.6),
    ]
)
Y = annotator_labels(CLEAN, T, coverage=0.8, missing=-1, random_state=0)
NET = make_net(max_epochs=12, module__hidden_sizes=(32,), lr=3e-3)
GIVEN = AnnotatorCorrectedClassifier(NET, transition_matrices=T, missing_label=-1, random_state=0)


def test_all_labels_together_beat_the_majority():
    votes = (Y[TRAIN, :, None] == np.arange(K)).sum(axis=1)
    some = votes.max(axis=1) > 0
    plain = RobustLossClassifier(NET, loss="cross_entropy", random_state=0)
    plain.fit(X[TRAIN][some], votes.argmax(axis=1)[some])
    for matrices in (T, DawidSkene(LogisticRegression(max_iter=500), n_rounds=1)):
        clf = clone(GIVEN).set_params(transition_matrices=matrices).fit(X[TRAIN], Y[TRAIN])
        accuracy = clf.score(X[TEST], CLEAN[TEST])
        assert accuracy > 0.88
        assert accuracy > plain.score(X[TEST], CLEAN[TEST]) + 0.03


def test_default_estimates_the_matrices_from_labels_and_features():
    clf = AnnotatorCorrectedClassifier(NET, missing_label=-1, random_state=0)
    clf.fit(X[TRAIN], Y[TRAIN])
    assert np.abs(clf.transition_matrices_ - T).sum(axis=2).mean() < 0.25
    assert clf.annotator_model_.consensus_.shape == (600,)
    assert clf.n_iter_ == len(clf.history_) == 12
    assert clf.predict_proba(X[TEST]).shape == (len(TEST), K)


def test_network_starts_from_that_of_the_annotators_model():
    model = DawidSkene(NET, n_rounds=1)
    clf = clone(GIVEN).set_params(transition_matrices=model)
    clf.fit(X[TRAIN], Y[TRAIN])
    assert clf.history_[0, "train_loss"] < GIVEN.fit(X[TRAIN], Y[TRAIN]).history_[1, "train_loss"]


def test_nothing_is_changed_and_fits_are_reproducible():
    rows, labels = X[TRAIN].copy(), Y[TRAIN].copy()
    first, second = (clone(GIVEN).fit(rows, labels).predict_proba(X[TEST]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (rows == X[TRAIN]).all()
    assert (labels == Y[TRAIN]).all()


def test_rows_without_labels_or_weight_are_left_out():
    few = Y[TRAIN].copy()
    few[300:] = -1
    by_gap = clone(GIVEN).fit(X[TRAIN], few).predict_proba(X[TEST])
    weight = (TRAIN < 300).astype(float)
    by_weight = clone(GIVEN).fit(X[TRAIN], Y[TRAIN], sample_weight=weight).predict_proba(X[TEST])
    np.testing.assert_array_equal(by_gap, by_weight)


def test_strings_and_frames():
    names = np.array(["a", "b", "c", "d", "e"], dtype=object)
    y = pd.DataFrame(np.where(Y >= 0, names[Y], None)[TRAIN], columns=["ann", "bob", "cem"])
    frame = pd.DataFrame(X[TRAIN], columns=[f"p{i}" for i in range(64)])
    clf = clone(GIVEN).set_params(missing_label=None).fit(frame, y)
    assert set(clf.predict(pd.DataFrame(X[TEST], columns=frame.columns))) <= set(names)
    assert clf.feature_names_in_[0] == "p0"
    assert clf.score(frame, names[CLEAN[TRAIN]]) > 0.9


def test_works_in_a_pipeline_inside_a_grid():
    grid = GridSearchCV(
        make_pipeline(MinMaxScaler(), GIVEN),
        {"annotatorcorrectedclassifier__estimator__lr": [1e-6, 3e-3]},
        scoring=annotator_log_likelihood,
        cv=KFold(2),
    )
    grid.fit(X[TRAIN], Y[TRAIN])
    assert grid.best_params_ == {"annotatorcorrectedclassifier__estimator__lr": 3e-3}
    assert (
        annotator_log_likelihood(grid, X[TEST], Y[TEST]) > grid.cv_results_["mean_test_score"].min()
    )


def test_fitted_classifier_survives_pickling():
    clf = clone(GIVEN).fit(X[TRAIN], Y[TRAIN])
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(X[TEST]), clf.predict_proba(X[TEST]))


class OneAnnotator(AnnotatorCorrectedClassifier):
    """For checks that know no more than one label per row."""

    def __repr__(self, **settings):
        return "OneAnnotator()"  # Names of tests must not hold addresses, as a net's repr does.

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y if y is None else np.asarray(y).reshape(-1, 1), sample_weight)


def expected_failures(estimator):
    reason = "mini-batches in float32: repeated rows fall into other batches than weighted ones"
    return {
        "check_sample_weight_equivalence_on_dense_data": reason,
        "check_sample_weight_equivalence_on_sparse_data": reason,
        "check_supervised_y_2d": "two dimensions of y are no mistake here",
    }


class NoMatrices(BaseEstimator):
    def fit(self, X, y):
        return self


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"transition_matrices": T[:2]}, ValueError, "each of the 3 columns of y; got 2"),
        ({"transition_matrices": T * 2}, ValueError, r"transition_matrices\[0\]"),
        ({"transition_matrices": NoMatrices()}, TypeError, "sets transition_matrices_"),
        ({"warm_up": -1}, ValueError, "warm_up"),
        ({"estimator": 3}, TypeError, "estimator must be"),
        ({"missing_label": None}, ValueError, "missing_label=-1"),
    ],
)
def test_what_cannot_be_fitted_is_explained(params, error, message):
    with pytest.raises(error, match=message):
        clone(GIVEN).set_params(**params).fit(X[TRAIN], Y[TRAIN])


def test_weights_of_zero_throughout_are_refused():
    with pytest.raises(ValueError, match="must have a positive entry"):
        clone(GIVEN).fit(X[TRAIN], Y[TRAIN], sample_weight=np.zeros(600))


def test_predictions_need_a_fit():
    with pytest.raises(NotFittedError):
        clone(GIVEN).predict(X)


@pytest.mark.parametrize("matrices", [T, DawidSkene(LogisticRegression(max_iter=500), n_rounds=1)])
@pytest.mark.filterwarnings("ignore:T is not diagonally dominant")
def test_trusted_labels_are_trained_on(matrices):
    # Most labels are of another class: left to themselves, they mislead.
    y = annotator_labels(CLEAN[TRAIN], [pair_flip_transition_matrix(K, 0.7)] * 3, random_state=0)
    clf = clone(GIVEN).set_params(transition_matrices=matrices)
    trusted = np.where(np.arange(len(TRAIN)) < 500, CLEAN[TRAIN], np.nan)
    clf.fit(X[TRAIN], y, y_trusted=trusted)
    assert clf.score(X[TEST], CLEAN[TEST]) > 0.85
