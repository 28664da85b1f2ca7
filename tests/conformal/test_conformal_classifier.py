"""Prediction sets for the clean label."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy.conformal import NoiseConformalClassifier
from sknoisy.metrics import noise_corrected_coverage
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(4, 5)) * 1.2
T = symmetric_transition_matrix(4, 0.3)


def draw(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(4, size=n)
    return CENTRES[y] + rng.normal(size=(n, 5)), y


X, Y = draw(6000, 1)
NOISY = corrupt_labels(Y, T, random_state=2)
X_TEST, Y_TEST = draw(6000, 3)
FITTED = FrozenEstimator(LogisticRegression().fit(*draw(500, 4)))


def covered(sets, y):
    return sets[np.arange(len(y)), y, 0].mean()


@pytest.mark.parametrize("score", ["lac", "aps", "top_k"])
def test_sets_cover_the_clean_label_and_are_smaller_than_without_T(score):
    made = {}
    for name, matrix in (("T", T), ("none", np.eye(4))):
        clf = NoiseConformalClassifier(FITTED, transition_matrix=matrix, conformity_score=score)
        made[name] = clf.fit(X, NOISY).predict_set(X_TEST)[1]
    # Three standard deviations over draws; ranks jump far above the level.
    assert 0.875 < covered(made["T"], Y_TEST) < (0.925 if score != "top_k" else 1)
    assert made["T"].sum() < made["none"].sum()


@pytest.mark.parametrize("n", [10, 57, 300])
def test_without_noise_it_is_split_conformal_prediction(n):
    clf = NoiseConformalClassifier(FITTED, transition_matrix=np.eye(4), confidence_level=0.8)
    clf.fit(X[:n], Y[:n])
    scores = 1 - FITTED.predict_proba(X[:n])[np.arange(n), Y[:n]]
    rank = int(np.ceil((n + 1) * 0.8))
    assert clf.thresholds_[0] == pytest.approx(np.sort(scores)[rank - 1], abs=1e-12)


def test_a_row_of_weight_two_is_two_rows():
    weight = np.arange(900) % 3
    clf = NoiseConformalClassifier(FITTED, transition_matrix=T)
    weighted = clf.fit(X[:900], NOISY[:900], sample_weight=weight).thresholds_
    rows = np.repeat(np.arange(900), weight)
    np.testing.assert_allclose(weighted, clf.fit(X[rows], NOISY[rows]).thresholds_)


def test_a_level_more_gives_sets_that_hold_the_smaller_ones():
    clf = NoiseConformalClassifier(FITTED, transition_matrix=T, confidence_level=[0.8, 0.95])
    sets = clf.fit(X, NOISY).predict_set(X_TEST)[1]
    assert sets.shape == (6000, 4, 2)
    assert (sets[:, :, 0] <= sets[:, :, 1]).all()
    # It needs no clean labels to tell.
    score = noise_corrected_coverage(NOISY, clf.predict_set(X)[1][:, :, 1], T, return_std=True)
    assert score.value == pytest.approx(0.95, abs=0.01)


def test_trusted_rows_make_up_for_a_wrong_T():
    wrong, rng = symmetric_transition_matrix(4, 0.55), np.random.default_rng(5)
    found = {"alone": [], "trusted": []}
    for _ in range(12):
        rows = rng.choice(6000, 1500, replace=False)
        trusted = np.full(1500, np.nan)
        trusted[:300] = Y[rows[:300]]
        clf = NoiseConformalClassifier(FITTED, transition_matrix=wrong)
        sets = clf.fit(X[rows], NOISY[rows]).predict_set(X_TEST)[1]
        found["alone"].append(covered(sets, Y_TEST))
        sets = clf.fit(X[rows], NOISY[rows], y_trusted=trusted).predict_set(X_TEST)[1]
        found["trusted"].append(covered(sets, Y_TEST))
    mean = {name: np.mean(values) for name, values in found.items()}
    error = np.std(found["trusted"]) / np.sqrt(12)
    assert mean["alone"] < 0.8
    assert abs(mean["trusted"] - 0.9) < 3 * error + 1 / 300


def test_the_worst_of_several_matrices_decides():
    several = [symmetric_transition_matrix(4, rate) for rate in (0.3, 0.2, 0.35)]
    thresholds = [
        NoiseConformalClassifier(FITTED, transition_matrix=T).fit(X, NOISY).thresholds_[0]
        for T in [several, *several]
    ]
    assert thresholds[0] == max(thresholds[1:])
    assert thresholds[1] < thresholds[2]


def test_the_interval_of_T_makes_sets_larger():
    source = TransitionMatrixEstimator(LogisticRegression(), method="count", random_state=0)
    net = make_net(max_epochs=5)
    base = ForwardCorrectedClassifier(net, transition_matrix=source, random_state=0)
    clf = NoiseConformalClassifier(base, random_state=0).fit(X[:1500], NOISY[:1500])
    assert clf.transition_matrix_source_ == "estimator"
    assert clf.transition_matrices_.shape == (1, 4, 4)
    careful = NoiseConformalClassifier(base, noise_confidence_level=0.95, random_state=0)
    careful.fit(X[:1500], NOISY[:1500])
    assert careful.thresholds_[0] > clf.thresholds_[0]
    np.testing.assert_allclose(careful.transition_matrices_.sum(axis=2), 1)


def test_conformalize_takes_other_rows_and_leaves_the_classifier():
    clf = NoiseConformalClassifier(LogisticRegression(), transition_matrix=T, random_state=0)
    before = clf.fit(X[:2000], NOISY[:2000]).predict_proba(X_TEST)
    threshold = clf.thresholds_[0]
    assert clf.conformalize(X[2000:], NOISY[2000:]) is clf
    assert clf.thresholds_[0] != threshold
    np.testing.assert_array_equal(clf.predict_proba(X_TEST), before)
    assert 0.875 < covered(clf.predict_set(X_TEST)[1], Y_TEST) < 0.925


def test_rows_conformalized_on_are_not_trained_on():
    seen = []

    class Watched(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            seen.append(len(X))
            return super().fit(X, y, sample_weight)

    NoiseConformalClassifier(Watched(), transition_matrix=T, cv=4).fit(X[:800], NOISY[:800])
    assert seen == [600]


def test_an_estimator_of_T_sees_all_rows():
    source = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
    clf = NoiseConformalClassifier(LogisticRegression(), transition_matrix=source, random_state=0)
    clf.fit(X[:600], NOISY[:600])
    np.testing.assert_array_equal(
        clf.transition_matrix_, source.fit(X[:600], NOISY[:600]).transition_matrix_
    )


class Untouchable(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("trained")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"confidence_level": 1.0}, r"confidence_level must be in \(0, 1\); got 1.0"),
        ({"confidence_level": []}, "got none"),
        ({"confidence_level": [0.9, 0]}, r"confidence_level must be in \(0, 1\); got 0"),
        ({"conformity_score": "raps"}, "conformity_score must be one of 'lac'"),
        ({"noise_confidence_level": 2}, "noise_confidence_level must be in"),
        ({"transition_matrix": np.full((4, 4), 0.25)}, "must be invertible to know the coverage"),
        ({"transition_matrix": [T, T * 2]}, "sum to 1"),
        ({"confidence_level": 0.99}, "needs at least 99 rows to conformalize on; got 67"),
    ],
)
def test_bad_parameters_are_refused_before_training(params, message):
    params = {"transition_matrix": T, **params}
    with pytest.raises(ValueError, match=message):
        NoiseConformalClassifier(Untouchable(), **params).fit(X[:200], NOISY[:200])


def test_trusted_labels_are_checked_before_training():
    clf = NoiseConformalClassifier(Untouchable(), transition_matrix=T, random_state=0)
    with pytest.raises(ValueError, match="y_trusted holds 9.0, which is not among"):
        clf.fit(X[:200], NOISY[:200], y_trusted=np.full(200, 9.0))
    few = np.where(np.arange(200) < 5, Y[:200], np.nan)
    with pytest.raises(ValueError, match="needs at least 9 rows with a trusted label"):
        clf.fit(X[:200], NOISY[:200], y_trusted=few)


def test_an_interval_of_a_given_T_does_not_exist():
    clf = NoiseConformalClassifier(FITTED, transition_matrix=T, noise_confidence_level=0.9)
    with pytest.raises(ValueError, match="this T is 'given'"):
        clf.fit(X, NOISY)
