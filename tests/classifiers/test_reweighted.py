"""Weights that undo the noise, for classifiers that are not networks."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy import ReweightedClassifier, TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

T = pair_flip_transition_matrix(3, 0.4)


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(
        2000, 8, n_informative=6, n_classes=3, n_clusters_per_class=2, class_sep=1.5, random_state=0
    )
    noisy = corrupt_labels(y[:1200], T, random_state=0)
    return X[:1200], noisy, X[1200:], y[1200:]


@pytest.mark.parametrize("method", ["posterior", "importance"])
@pytest.mark.parametrize("source", ["given", "estimated"])
@pytest.mark.parametrize(
    "estimator",
    # Forests of scikit-learn 1.6 draw rows without regard to weights, which then count in leaves
    # of several rows only.
    [HistGradientBoostingClassifier(max_iter=20), RandomForestClassifier(50, min_samples_leaf=5)],
    ids=["boosting", "forest"],
)
def test_weights_beat_plain_training(estimator, source, method, rows):
    X, y, X_test, y_test = rows
    clf = ReweightedClassifier(
        estimator,
        transition_matrix=T if source == "given" else None,
        method=method,
        random_state=0,
    ).fit(X, y)
    plain = clone(estimator).set_params(random_state=0).fit(X, y)
    assert clf.score(X_test, y_test) > plain.score(X_test, y_test) + 0.05
    assert clf.transition_matrix_source_ == source


@pytest.mark.parametrize("method", ["posterior", "importance"])
def test_without_noise_the_classifier_is_the_plain_one(method, rows):
    X, y, X_test, _ = rows
    clf = ReweightedClassifier(LogisticRegression(), transition_matrix=np.eye(3), method=method)
    plain = LogisticRegression().fit(X, y)
    found = clf.fit(X, y).predict_proba(X_test)
    np.testing.assert_allclose(found, plain.predict_proba(X_test), atol=1e-3)


def test_shares_of_a_row_sum_to_its_weight(rows):
    X, y, _, _ = rows
    weight = np.linspace(0.5, 1.5, len(y))

    class Recording(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            type(self).total = sample_weight.sum()
            return super().fit(X, y, sample_weight)

    ReweightedClassifier(Recording(), transition_matrix=T).fit(X, y, weight)
    # Shares below 1% are left out, at most two of each row.
    assert 0.98 * len(y) <= Recording.total <= len(y) + 1e-6


def test_posteriors_of_the_estimator_of_t_are_used_again(rows):
    X, y, _, _ = rows
    estimate = TransitionMatrixEstimator(cv=2, keep_estimators=True)
    clf = ReweightedClassifier(LogisticRegression(), transition_matrix=estimate, random_state=0)
    clf.fit(X, y)
    assert isinstance(clf.transition_matrix_estimator_.estimators_[0], LogisticRegression)
    assert len(clf.transition_matrix_estimator_.estimators_) == 2


def test_carried_t_is_used(rows):
    X, y, _, _ = rows
    pipeline = make_pipeline(
        StandardScaler(),
        TransitionMatrixEstimator(LogisticRegression()),
        ReweightedClassifier(LogisticRegression()),
    ).fit(X, y)
    assert pipeline[-1].transition_matrix_source_ == "carried"


def test_noisy_posterior_is_the_clean_one_through_t(rows):
    X, y, X_test, _ = rows
    clf = ReweightedClassifier(LogisticRegression(), transition_matrix=T).fit(X, y)
    expected = clf.predict_proba(X_test) @ T
    np.testing.assert_array_equal(clf.predict_noisy_proba(X_test), expected)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"method": "magic"}, ValueError, "method must be one of"),
        ({"estimator": KNeighborsClassifier()}, TypeError, "whose fit takes sample_weight"),
        ({"transition_matrix": np.eye(4)}, ValueError, r"must have shape \(3, 3\)"),
    ],
)
def test_unusable_parameters_are_refused(params, error, message, rows):
    with pytest.raises(error, match=message):
        ReweightedClassifier(LogisticRegression()).set_params(**params).fit(*rows[:2])
