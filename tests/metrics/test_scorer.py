"""Scorers inside scikit-learn's model selection."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy._fitted import find_holder
from sknoisy.metrics import (
    forward_log_loss,
    make_noise_corrected_scorer,
    noise_corrected_accuracy,
    noise_corrected_log_loss,
)
from sknoisy.metrics._scorer import KINDS
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.3)
X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])
NOISY = NAMES[corrupt_labels(Y, T, random_state=3)]
CLF = make_pipeline(StandardScaler(), LogisticRegression())


class WithItsOwnT(ClassifierMixin, BaseEstimator):
    """A linear classifier that brings a T of some noise rate."""

    def __init__(self, noise_rate=0.3):
        self.noise_rate = noise_rate

    def fit(self, X, y):
        self.inner_ = LogisticRegression(max_iter=500).fit(X, y)
        self.classes_ = self.inner_.classes_
        self.transition_matrix_ = symmetric_transition_matrix(3, self.noise_rate)
        return self

    def predict(self, X):
        return self.inner_.predict(X)

    def predict_proba(self, X):
        return self.inner_.predict_proba(X)


def test_the_scorer_is_the_score_of_the_predictions():
    clf = clone(CLF).fit(X, NOISY)
    expected = noise_corrected_accuracy(NOISY, clf.predict(X), T)
    assert make_noise_corrected_scorer("accuracy", T)(clf, X, NOISY) == expected
    expected = -noise_corrected_log_loss(NOISY, clf.predict_proba(X), T)
    assert make_noise_corrected_scorer("neg_log_loss", T)(clf, X, NOISY) == expected
    expected = -forward_log_loss(NOISY, clf.predict_proba(X), T)
    assert make_noise_corrected_scorer("neg_forward_log_loss", T)(clf, X, NOISY) == expected


@pytest.mark.parametrize("score", KINDS)
def test_every_score_prefers_the_truth_to_a_guess(score):
    y = corrupt_labels(Y % 2, symmetric_transition_matrix(2, 0.2), random_state=3)
    scorer = make_noise_corrected_scorer(score, symmetric_transition_matrix(2, 0.2))
    right = FixedProba(np.where(Y % 2, 0.9, 0.1))
    wrong = FixedProba(np.where(Y % 2, 0.4, 0.6)[::-1])
    assert scorer(right, X, y) > scorer(wrong, X, y)


class FixedProba:
    """Says what it was told, whatever the rows."""

    classes_ = np.array([0, 1])

    def __init__(self, proba):
        self.proba = proba

    def predict_proba(self, X):
        return np.column_stack([1 - self.proba, self.proba])

    def predict(self, X):
        return (self.proba > 0.5).astype(int)


def test_scores_of_folds_are_near_the_clean_accuracy():
    scores = cross_val_score(CLF, X, NOISY, scoring=make_noise_corrected_scorer("accuracy", T))
    clean = cross_val_score(CLF, X, NAMES[Y])
    score = noise_corrected_accuracy(NOISY, NAMES[Y], T, return_std=True)
    assert abs(scores.mean() - clean.mean()) < 4 * score.std


@pytest.mark.parametrize("search", [GridSearchCV, HalvingGridSearchCV])
def test_searches_take_it(search):
    grid = {"logisticregression__C": [1e-4, 1.0]}
    scorer = make_noise_corrected_scorer("neg_forward_log_loss", T)
    found = search(CLF, grid, scoring=scorer).fit(X, NOISY)
    assert found.best_params_ == {"logisticregression__C": 1.0}


def test_several_go_in_a_dict():
    scoring = {name: make_noise_corrected_scorer(name, T) for name in ("accuracy", "f1_macro")}
    scores = cross_validate(CLF, X, NOISY, scoring=scoring)
    assert {"test_accuracy", "test_f1_macro"} < scores.keys()
    search = GridSearchCV(CLF, {"logisticregression__C": [1.0]}, scoring=scoring, refit="accuracy")
    assert search.fit(X, NOISY).best_score_ > 0.5


def test_a_threshold_is_tuned_for_the_clean_labels():
    rng = np.random.RandomState(0)
    x = rng.normal(size=(8000, 1)) * 2
    clean = (rng.uniform(size=8000) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(int)
    T = np.array([[0.95, 0.05], [0.45, 0.55]])
    noisy = corrupt_labels(clean, T, random_state=3)
    clf = TunedThresholdClassifierCV(
        LogisticRegression(), scoring=make_noise_corrected_scorer("accuracy", T), cv=2
    ).fit(x, noisy)
    naive = LogisticRegression().fit(x, noisy)
    # P(noisy = 1) is 0.3 where P(clean = 1) is one half.
    assert clf.best_threshold_ == pytest.approx(0.3, abs=0.08)
    assert (clf.predict(x) == clean).mean() > (naive.predict(x) == clean).mean() + 0.02


def test_wrappers_go_into_one_another():
    y = corrupt_labels(Y % 2, symmetric_transition_matrix(2, 0.1), random_state=3)
    scorer = make_noise_corrected_scorer("balanced_accuracy", symmetric_transition_matrix(2, 0.1))
    tuned = TunedThresholdClassifierCV(CLF, scoring=scorer, cv=2)
    search = GridSearchCV(tuned, {"estimator__logisticregression__C": [1.0]}, scoring=scorer, cv=2)
    scores = cross_val_score(make_pipeline(StandardScaler(), search), X, y, scoring=scorer, cv=2)
    assert np.isfinite(scores).all()


def test_a_threshold_needs_a_score_of_labels_and_a_given_matrix():
    y = (Y == 1).astype(int)
    for scorer, problem in [
        (make_noise_corrected_scorer("neg_log_loss", np.eye(2)), "'neg_log_loss'"),
        (make_noise_corrected_scorer("accuracy"), "transition_matrix=each"),
    ]:
        with pytest.raises(ValueError, match=f"a score of labels.* got .*{problem}"):
            TunedThresholdClassifierCV(LogisticRegression(max_iter=500), scoring=scorer).fit(X, y)


# %% Whose T, whose classes


def test_the_estimators_own_matrix_is_found_inside_wrappers():
    own = WithItsOwnT(0.2)
    pipeline = make_pipeline(StandardScaler(), own)
    wrappers = [
        own,
        pipeline,
        GridSearchCV(pipeline, {"withitsownt__noise_rate": [0.2]}),
        FrozenEstimator(clone(pipeline).fit(X, NOISY)),
    ]
    scorer = make_noise_corrected_scorer()
    for wrapper in wrappers:
        fitted = wrapper.fit(X, NOISY)
        T_own = find_holder(fitted).transition_matrix_
        np.testing.assert_array_equal(T_own, symmetric_transition_matrix(3, 0.2))
        expected = noise_corrected_accuracy(NOISY, fitted.predict(X), T_own)
        assert scorer(fitted, X, NOISY) == expected


def test_a_corrected_network_brings_its_matrix():
    clf = ForwardCorrectedClassifier(
        make_net(max_epochs=3, lr=0.01), transition_matrix=T, random_state=0
    )
    scores = cross_val_score(
        make_pipeline(StandardScaler(), clf), X, NOISY, scoring=make_noise_corrected_scorer(), cv=2
    )
    assert scores.shape == (2,)


def test_an_estimator_without_a_matrix_needs_one():
    with pytest.raises(ValueError, match="LogisticRegression holds no transition_matrix_"):
        make_noise_corrected_scorer()(LogisticRegression(max_iter=500).fit(X, NOISY), X, NOISY)


def test_candidates_with_matrices_of_their_own_are_warned_of():
    scorer = make_noise_corrected_scorer()
    first, second = WithItsOwnT(0.1).fit(X, NOISY), WithItsOwnT(0.3).fit(X, NOISY)
    scorer(first, X, NOISY)
    scorer(first, X, NOISY)
    scorer(second, X[:99], NOISY[:99])
    with pytest.warns(UserWarning, match="which differ by 0.4"):
        scorer(first, X[:99], NOISY[:99])


def test_the_forward_loss_lets_candidates_bring_their_own():
    scorer = make_noise_corrected_scorer("neg_forward_log_loss")
    for rate in (0.2, 0.5):
        assert np.isfinite(scorer(WithItsOwnT(rate).fit(X, NOISY), X, NOISY))


def test_a_frame_and_classes_name_the_rows_of_the_matrix():
    order = NAMES[[2, 0, 1]]
    uneven = np.array([[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.0, 0.3, 0.7]])
    clf = clone(CLF).fit(X, NOISY)
    frame = pd.DataFrame(uneven, index=order, columns=order)
    scores = [
        make_noise_corrected_scorer(score, matrix, classes=classes)(clf, X, NOISY)
        for score in ("accuracy", "neg_log_loss")
        for matrix, classes in ((frame, None), (uneven, order))
    ]
    assert scores[0] == pytest.approx(scores[1])
    # Posteriors come in the order of the estimator and are put into that of T.
    assert scores[2] == pytest.approx(scores[3])
    proba = clf.predict_proba(X)[:, [2, 0, 1]]
    expected = noise_corrected_log_loss(NOISY, proba, uneven, classes=order)
    assert scores[2] == pytest.approx(-expected)


def test_an_estimator_that_never_saw_a_class_is_scored_with_classes():
    seen = NOISY != "virginica"
    clf = clone(CLF).fit(X[seen], NOISY[seen])
    for score in ("accuracy", "neg_forward_log_loss"):
        scorer = make_noise_corrected_scorer(score, T, classes=NAMES)
        assert np.isfinite(scorer(clf, X, NOISY))
    with pytest.raises(ValueError, match="holds the label 'virginica'"):
        make_noise_corrected_scorer("neg_log_loss", np.eye(2), classes=NAMES[:2])(
            clone(CLF).fit(X, NOISY), X, NOISY
        )


def test_options_go_to_the_score():
    y = (NOISY == "setosa").astype(int)
    clf = clone(CLF).fit(X, y)
    T = symmetric_transition_matrix(2, 0.1)
    last, first = (
        make_noise_corrected_scorer("recall", T, **options)(clf, X, y)
        for options in ({}, {"pos_label": 0})
    )
    assert last != first


# %% What scikit-learn asks of scorers


def test_it_is_pickled_without_what_it_saw():
    scorer = make_noise_corrected_scorer("accuracy")
    fitted = WithItsOwnT(0.2).fit(X, NOISY)
    value = scorer(fitted, X, NOISY)
    again = pickle.loads(pickle.dumps(scorer))
    assert again._last_matrix is None
    assert again(fitted, X, NOISY) == value
    assert repr(again) == "NoiseCorrectedScorer('accuracy', transition_matrix=each estimator's own)"


def test_weights_are_taken():
    clf = clone(CLF).fit(X, NOISY)
    weights = np.arange(len(X))
    expected = noise_corrected_accuracy(NOISY, clf.predict(X), T, sample_weight=weights)
    scorer = make_noise_corrected_scorer("accuracy", T)
    assert scorer(clf, X, NOISY, sample_weight=weights) == expected


def test_weights_are_routed():
    from sklearn import config_context

    weights = np.arange(len(X), dtype=float)
    with config_context(enable_metadata_routing=True):
        clf = LogisticRegression(max_iter=500).set_fit_request(sample_weight=False)
        scorer = make_noise_corrected_scorer("accuracy", T).set_score_request(sample_weight=True)
        routed = cross_val_score(
            clf, X, NOISY, scoring=scorer, params={"sample_weight": weights}, cv=3
        )
        plain = cross_val_score(
            clf, X, NOISY, scoring=make_noise_corrected_scorer("accuracy", T), params={}, cv=3
        )
    assert not np.allclose(routed, plain)


def test_an_unknown_score_is_named():
    with pytest.raises(ValueError, match="score must be one of 'accuracy'"):
        make_noise_corrected_scorer("accurracy", T)


@pytest.mark.parametrize("score", ["accuracy", "f1_macro", "neg_log_loss", "neg_forward_log_loss"])
def test_labels_that_are_cleaner_than_T_are_noticed(score):
    clf = CLF.fit(X, Y)
    scorer = make_noise_corrected_scorer(score, T)
    scorer(clf, X, corrupt_labels(Y, T, random_state=0))
    with pytest.warns(UserWarning, match="cleaner than transition_matrix says"):
        scorer(clf, X, Y)


def test_right_predictions_of_noisy_labels_are_not_called_cleaner():
    rng = np.random.default_rng(0)
    for seed in range(200):
        y = rng.integers(0, 3, 12)
        score = noise_corrected_accuracy(corrupt_labels(y, T, classes=3, random_state=seed), y, T)
        assert score < 2


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_function_is_as_good_as_its_name(kind):
    scorer = make_noise_corrected_scorer(kind.function, T)
    assert KINDS[scorer.score].function is kind.function
    assert scorer._sign == kind.sign


def test_a_function_that_knows_no_noise_is_refused():
    with pytest.raises(ValueError, match="noise_corrected_accuracy, .*sklearn.metrics.make_scorer"):
        make_noise_corrected_scorer(accuracy_score)
