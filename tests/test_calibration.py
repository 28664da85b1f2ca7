"""Posteriors that hold for the clean labels, learnt from noisy ones."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.metrics import noise_corrected_calibration_curve
from sknoisy.noise import corrupt_labels

T = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.3, 0.7]])
RNG = np.random.RandomState(0)
CENTRES = RNG.normal(size=(3, 4)) * 1.5


def draw(n, seed):
    rng = np.random.RandomState(seed)
    y = rng.randint(3, size=n)
    return CENTRES[y] + rng.normal(size=(n, 4)), y


class Sharpened(ClassifierMixin, BaseEstimator):
    """The true posteriors to some power; fitting does nothing."""

    def __init__(self, power=3.0):
        self.power = power

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        logits = self.power * (X @ CENTRES.T - (CENTRES**2).sum(axis=1) / 2)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


X, Y = draw(6000, 1)
NOISY = corrupt_labels(Y, T, random_state=2)
X_TEST, Y_TEST = draw(6000, 3)


@pytest.mark.parametrize("power", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_the_sharpening(power):
    clf = NoiseCalibratedClassifier(Sharpened(power), transition_matrix=T, random_state=0)
    clf.fit(X, NOISY)
    # Its standard error over draws of 6,000 rows is 3%.
    assert clf.temperature_ == pytest.approx(power, rel=0.12)
    np.testing.assert_array_equal(clf.predict(X_TEST), Sharpened(power).fit(X, Y).predict(X_TEST))


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_calibration_through_T_beats_none_and_that_to_the_noisy_labels(method):
    overconfident = Sharpened(4.0)
    ours = NoiseCalibratedClassifier(
        overconfident, transition_matrix=T, method=method, random_state=0
    ).fit(X, NOISY)
    found = log_loss(Y_TEST, ours.predict_proba(X_TEST))
    assert found < log_loss(Y_TEST, overconfident.fit(X, Y).predict_proba(X_TEST)) - 0.05
    to_noisy = CalibratedClassifierCV(overconfident, method="isotonic", cv=3).fit(X, NOISY)
    assert found < log_loss(Y_TEST, to_noisy.predict_proba(X_TEST)) - 0.05
    assert found < log_loss(Y_TEST, Sharpened(1.0).fit(X, Y).predict_proba(X_TEST)) + 0.03


def test_the_calibrated_curve_lies_on_the_diagonal_of_the_clean_labels():
    clf = NoiseCalibratedClassifier(Sharpened(4.0), transition_matrix=T, random_state=0)
    proba = clf.fit(X, NOISY).predict_proba(X_TEST)
    noisy = corrupt_labels(Y_TEST, T, random_state=4)
    for labels, matrix in ((Y_TEST, np.eye(3)), (noisy, T)):
        curve = noise_corrected_calibration_curve(labels, proba, matrix, n_bins=5)
        crowded = curve.share > 0.02
        gap = (curve.prob_true - curve.prob_pred)[crowded]
        assert np.abs(gap).max() < 0.03 + 4 * curve.std[crowded].max()


def test_T_comes_from_the_argument_the_classifier_or_an_estimate():
    given = NoiseCalibratedClassifier(GaussianNB(), transition_matrix=T, random_state=0)
    assert given.fit(X, NOISY).transition_matrix_source_ == "given"
    net = ForwardCorrectedClassifier(make_net(max_epochs=1), transition_matrix=T, random_state=0)
    for clf in (net, make_pipeline(StandardScaler(), net)):
        carried = NoiseCalibratedClassifier(clf, cv=2, random_state=0).fit(X[:600], NOISY[:600])
        assert carried.transition_matrix_source_ == "estimator"
        np.testing.assert_array_equal(carried.transition_matrix_, T)
    estimated = NoiseCalibratedClassifier(GaussianNB(), random_state=0).fit(X, NOISY)
    assert estimated.transition_matrix_source_ == "estimated"
    assert np.abs(estimated.transition_matrix_ - T).max() < 0.12


def test_a_frozen_classifier_is_asked_and_not_fitted():
    fitted = LogisticRegression().fit(*draw(500, 7))
    clf = NoiseCalibratedClassifier(FrozenEstimator(fitted), transition_matrix=T)
    clf.fit(X, NOISY)
    assert clf.estimator_.estimator is fitted
    assert log_loss(Y_TEST, clf.predict_proba(X_TEST)) < 0.6


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_posteriors_of_both_kinds_sum_to_one(method):
    names = np.array(["a", "b", "c"])
    clf = NoiseCalibratedClassifier(
        LogisticRegression(), transition_matrix=T, method=method, random_state=0
    ).fit(X, names[NOISY])
    p, g = clf.predict_proba(X_TEST), clf.predict_noisy_proba(X_TEST)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(g, p @ T)
    assert set(clf.predict(X_TEST)) <= set(names)


def test_weights_of_zero_leave_rows_out():
    weights = (np.arange(len(X)) < 3000).astype(float)
    folds = [(np.arange(1500), np.arange(1500, 3000)), (np.arange(1500, 3000), np.arange(1500))]
    clf = NoiseCalibratedClassifier(GaussianNB(), transition_matrix=T, cv=folds, random_state=0)
    weighted = clf.fit(X, NOISY, sample_weight=weights).predict_proba(X_TEST)
    kept = clf.fit(X[:3000], NOISY[:3000]).predict_proba(X_TEST)
    np.testing.assert_allclose(weighted, kept, atol=1e-4)


def test_a_singular_matrix_serves_the_temperature_only():
    singular = np.full((3, 3), 1 / 3)
    with pytest.raises(ValueError, match='Use method="temperature"'):
        NoiseCalibratedClassifier(GaussianNB(), transition_matrix=singular, method="isotonic").fit(
            X, NOISY
        )


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="method must be one of"):
        NoiseCalibratedClassifier(GaussianNB(), method="sigmoid").fit(X, NOISY)


# %% scikit-learn's own checks


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_a_weight_repeats_a_row_where_there_are_no_folds(method):
    weights = np.random.RandomState(4).randint(0, 4, size=1500)
    classifier = FrozenEstimator(Sharpened().fit(X, NOISY))
    clf = NoiseCalibratedClassifier(classifier, transition_matrix=T, method=method)
    weighted = clf.fit(X[:1500], NOISY[:1500], sample_weight=weights).predict_proba(X_TEST)
    again = np.repeat(np.arange(1500), weights)
    repeated = clf.fit(X[again], NOISY[again]).predict_proba(X_TEST)
    unweighted = clf.fit(X[:1500], NOISY[:1500]).predict_proba(X_TEST)
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)
    assert np.abs(unweighted - weighted).max() > 1e-3


def test_t_of_the_step_before_is_used_if_the_classifier_has_none():
    source = TransitionMatrixEstimator(GaussianNB(), method="count")
    pipeline = make_pipeline(source, NoiseCalibratedClassifier(GaussianNB())).fit(X, NOISY)
    assert pipeline[-1].transition_matrix_source_ == "carried"
    np.testing.assert_array_equal(pipeline[-1].transition_matrix_, source.transition_matrix_)
