"""Weights that undo the noise, for classifiers that are not networks."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from sknoisy import ReweightedClassifier, TransitionMatrixEstimator
from sknoisy.metrics import transition_matrix_error
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

T = pair_flip_transition_matrix(3, 0.4)


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(
        2000, 8, n_informative=6, n_classes=3, n_clusters_per_class=2, class_sep=1.5, random_state=0
    )
    noisy = corrupt_labels(y[:1200], T, random_state=0)
    return X[:1200], noisy, X[1200:], y[1200:]


@pytest.mark.parametrize("method", ["posterior", "importance", "projection"])
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


def test_without_noise_a_projection_is_the_plain_classifier_calibrated(rows):
    X, y, X_test, _ = rows
    knn = KNeighborsClassifier(5).fit(X, y)
    clf = ReweightedClassifier(
        KNeighborsClassifier(5), transition_matrix=np.eye(3), method="projection"
    ).fit(X, y)
    found, plain = clf.predict_proba(X_test), knn.predict_proba(X_test)
    settled = plain.max(axis=1) > np.sort(plain, axis=1)[:, -2]  # Ties may fall either way.
    np.testing.assert_array_equal(clf.predict(X_test)[settled], knn.predict(X_test)[settled])
    assert found.min() > 0.001  # Five neighbours say 0 where they mean seldom.


def test_a_classifier_without_weights_is_projected(rows):
    X, y, X_test, y_test = rows
    knn = KNeighborsClassifier(15)
    clf = ReweightedClassifier(knn, method="projection", random_state=0).fit(X, y)
    plain = clone(knn).fit(X, y).score(X_test, y_test)
    assert clf.score(X_test, y_test) > plain + 0.1
    assert isinstance(clf.estimator_, KNeighborsClassifier)
    clf.set_params(estimator=LogisticRegression(), method="posterior", calibrate=False).fit(X, y)
    expected = clf.estimator_.predict_proba(X_test)
    np.testing.assert_array_equal(clf.predict_proba(X_test), expected)


@pytest.fixture(scope="module")
def rare_rows():
    """Two small groups of rows hold nearly all of a rare class, which forests average away."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 25))
    rare = ((X[:, 0] > 1.2) & (X[:, 1] > -0.3)) | ((X[:, 2] < -1.3) & (X[:, 3] > 0.2))
    y = (rng.random(4000) < np.where(rare, 0.95, 0.03)).astype(int)
    T = np.array([[0.7, 0.3], [0.1, 0.9]])
    return X[:2500], corrupt_labels(y[:2500], T, random_state=0), X[2500:], y[2500:], T


@pytest.mark.parametrize("method", ["posterior", "importance"])
def test_calibration_finds_a_rare_class_that_is_smoothed_away(method, rare_rows):
    X, y, X_test, y_test, T = rare_rows
    forest = RandomForestClassifier(60, min_samples_leaf=5)
    found, losses = {}, {}
    for calibrate in (False, True):
        clf = ReweightedClassifier(
            forest, transition_matrix=T, method=method, calibrate=calibrate, random_state=0
        ).fit(X, y)
        proba = clf.predict_proba(X_test)
        found[calibrate] = balanced_accuracy_score(y_test, proba.argmax(axis=1))
        losses[calibrate] = log_loss(y_test, proba)
    assert found[True] > found[False] + 0.01
    assert losses[True] < losses[False]


def test_a_projection_is_calibrated_through_t(rare_rows):
    X, y, X_test, y_test, T = rare_rows
    forest = RandomForestClassifier(60, min_samples_leaf=5)
    losses = [
        log_loss(
            y_test,
            ReweightedClassifier(
                forest,
                transition_matrix=T,
                method="projection",
                calibrate=calibrate,
                random_state=0,
            )
            .fit(X, y)
            .predict_proba(X_test),
        )
        for calibrate in (False, True)
    ]
    assert losses[1] < losses[0]


def test_without_folds_nothing_is_calibrated(rows):
    X, y, X_test, _ = rows
    clf = ReweightedClassifier(LogisticRegression(), transition_matrix=T, cv=None).fit(X, y)
    expected = clf.estimator_.predict_proba(X_test)
    np.testing.assert_array_equal(clf.predict_proba(X_test), expected)


def test_what_is_frozen_is_projected_and_calibrated(rows):
    X, y, X_test, y_test = rows
    frozen = FrozenEstimator(GaussianNB().fit(X, y))
    clf = ReweightedClassifier(frozen, transition_matrix=T, method="projection", random_state=0)
    assert clf.fit(X, y).score(X_test, y_test) > frozen.score(X_test, y_test) + 0.05


def test_left_out_rows_are_predicted_by_classifiers_that_have_not_seen_them(rows):
    X, y, _, _ = rows
    seen = []

    class Recording(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            self.seen = set(X[:, 0].tolist())
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            seen.append((self.seen, set(X[:, 0].tolist())))
            return super().predict_proba(X)

    clf = ReweightedClassifier(Recording(), transition_matrix=T, cv=4, random_state=0).fit(X, y)
    assert len(seen) == 8  # Four folds of the posteriors, and of the calibration.
    assert not any(fitted & asked for fitted, asked in seen)
    assert set().union(*(asked for _, asked in seen[4:])) == set(X[:, 0].tolist())
    assert len(clf.estimator_.seen) == len(X)


@pytest.mark.parametrize("given", [True, False, "own"])
def test_copies_are_warned_of_once(given, rows):
    X, y, _, _ = rows
    again = np.repeat(np.arange(300), 2)
    own = TransitionMatrixEstimator(GaussianNB()) if given == "own" else None
    clf = ReweightedClassifier(GaussianNB(), transition_matrix=T if given is True else own)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(X[again], y[again])
    assert sum("copies" in str(warning.message) for warning in caught) == 1


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_the_default_t_is_by_the_pool_of_trees_a_linear_model_and_the_users_own(container, rows):
    X, y, _, _ = rows
    X = container(X)
    pool = ReweightedClassifier(GaussianNB(), random_state=0).fit(X, y)
    T_hat = pool.transition_matrix_
    own = TransitionMatrixEstimator(GaussianNB(), random_state=0).fit(X, y).transition_matrix_
    assert transition_matrix_error(T, T_hat) < 0.2 < transition_matrix_error(T, own)


@pytest.mark.parametrize("spoilt", ["text", "gaps"])
def test_rows_that_the_pool_cannot_read_are_left_to_the_users_own(spoilt, rows):
    X, y, _, _ = rows
    X = pd.DataFrame(X.copy(), columns=list("abcdefgh"))
    X.loc[:50, "a"] = np.nan
    if spoilt == "text":
        X["a"] = np.where(X["a"] > 0, "high", "low")
    text = ["a"] if spoilt == "text" else []
    encode = make_column_transformer((OrdinalEncoder(), text), remainder="passthrough")
    own = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=5))
    clf = ReweightedClassifier(own, method="projection", random_state=0).fit(X, y)
    assert type(clf.transition_matrix_estimator_.estimator) is Pipeline


def test_shares_of_a_row_sum_to_its_weight(rows):
    X, y, _, _ = rows
    weight = np.linspace(0.5, 1.5, len(y))

    class Recording(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            type(self).total = sample_weight.sum()
            return super().fit(X, y, sample_weight)

    ReweightedClassifier(Recording(), transition_matrix=T, calibrate=False).fit(X, y, weight)
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
        ({"calibrate": "yes"}, TypeError, "calibrate must be True or False"),
        ({"estimator": KNeighborsClassifier()}, TypeError, "whose fit takes sample_weight"),
        ({"transition_matrix": np.eye(4)}, ValueError, r"must have shape \(3, 3\)"),
    ],
)
def test_unusable_parameters_are_refused(params, error, message, rows):
    with pytest.raises(error, match=message):
        ReweightedClassifier(LogisticRegression()).set_params(**params).fit(*rows[:2])
