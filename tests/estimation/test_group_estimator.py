import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import LabelEncoder

from sknoisy import GroupTransitionMatrixEstimator, TransitionMatrixEstimator
from sknoisy.noise import (
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

K = 4
X, CLEAN = load_digits(n_class=K, return_X_y=True)
T = [np.eye(K), symmetric_transition_matrix(K, 0.3), pair_flip_transition_matrix(K, 0.45)]
SITE = np.array(["a", "b", "c"])[np.random.default_rng(0).integers(3, size=len(X))]
Y = CLEAN.copy()
for name, matrix in zip("abc", T, strict=True):
    Y[SITE == name] = corrupt_labels(CLEAN[SITE == name], matrix, exact=True, random_state=0)
GROUPED = GroupTransitionMatrixEstimator(TransitionMatrixEstimator(GaussianNB(), random_state=0))


def error(found, true):
    return np.abs(found - np.asarray(true)).sum(axis=2).mean()


def test_each_group_has_its_own_matrix():
    estimator = GroupTransitionMatrixEstimator().fit(X, Y, noise_groups=SITE)
    assert estimator.noise_groups_.tolist() == ["a", "b", "c"]
    assert error(estimator.transition_matrices_, T) < 0.15
    common = np.broadcast_to(estimator.transition_matrix_, (3, K, K))
    assert error(estimator.transition_matrices_, T) < 0.4 * error(common, T)
    np.testing.assert_allclose(estimator.noise_rates_, [0, 0.3, 0.45], atol=0.06)
    np.testing.assert_allclose(
        estimator.n_examples_.sum(axis=1), np.unique(SITE, return_counts=True)[1]
    )


def test_common_matrix_and_posteriors_are_those_of_the_estimator_inside():
    kept = clone(GROUPED).set_params(estimator__keep_proba=True)
    estimator, alone = kept.fit(X, Y, noise_groups=SITE), clone(kept.estimator).fit(X, Y)
    np.testing.assert_array_equal(estimator.transition_matrix_, alone.transition_matrix_)
    np.testing.assert_array_equal(estimator.estimator_.noisy_proba_, alone.noisy_proba_)
    assert estimator.n_features_in_ == 64


def test_small_group_falls_back_on_the_common_matrix():
    same = corrupt_labels(CLEAN, T[1], random_state=0)
    site = np.where(np.arange(len(X)) < 12, "small", SITE)
    estimator = clone(GROUPED).fit(X, same, noise_groups=site)
    small = estimator.transition_matrices_[estimator.noise_groups_.tolist().index("small")]
    assert np.abs(small - estimator.transition_matrix_).sum(axis=1).mean() < 0.1


def test_strings_and_weights_of_zero():
    words = np.array(["one", "two", "three", "four"])
    weight = np.repeat([1.0, 0.0], [600, len(X) - 600])
    whole = clone(GROUPED).fit(X, words[Y], sample_weight=weight, noise_groups=SITE)
    part = clone(GROUPED).fit(X[:600], words[Y[:600]], noise_groups=SITE[:600])
    np.testing.assert_allclose(whole.transition_matrices_, part.transition_matrices_)
    assert whole.classes_.tolist() == LabelEncoder().fit(words).classes_.tolist()


def test_trusted_labels_reach_the_estimator_inside():
    y_trusted = np.where(np.arange(len(X)) < 200, CLEAN.astype(float), np.nan)
    T, without = (
        clone(GROUPED).fit(X, Y, noise_groups=SITE, y_trusted=known).estimator_.transition_matrix_
        for known in (y_trusted, None)
    )
    counted = transition_matrix_from_labels(CLEAN[:200], Y[:200])
    assert np.abs(T - counted).sum() < np.abs(without - counted).sum()


def test_clones_and_parameters():
    assert GROUPED.get_params()["estimator__estimator__var_smoothing"] == 1e-9
    assert clone(GROUPED).set_params(estimator__method="count").estimator.method == "count"
    assert GROUPED.estimator.method == "auto"


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, r"set_fit_request\(noise_groups=True\)"),
        (["a", "b"], "one name per row"),
        (np.array(["a", None, "b"], dtype=object), "missing names"),
        ([0.0, np.nan, 1.0], "missing names"),
    ],
)
def test_what_names_no_groups_is_explained(groups, message):
    with pytest.raises(ValueError, match=message):
        GroupTransitionMatrixEstimator().fit(X[:3], [0, 1, 0], noise_groups=groups)


def test_classifier_in_place_of_an_estimator_of_T_is_explained():
    with pytest.raises(TypeError, match=r"TransitionMatrixEstimator\(LogisticRegression"):
        GroupTransitionMatrixEstimator(LogisticRegression()).fit(X, Y, noise_groups=SITE)


@pytest.mark.filterwarnings("ignore:.*copies of another row")
def test_soft_labels_are_counted_by_share():
    shares = 0.75 * np.eye(K)[Y] + 0.25 * np.eye(K)[CLEAN]
    rows, labels = np.nonzero(shares)
    soft = clone(GROUPED).fit(X, shares, noise_groups=SITE)
    repeated = clone(GROUPED).fit(
        X[rows], labels, sample_weight=shares[rows, labels], noise_groups=SITE[rows]
    )
    np.testing.assert_allclose(
        soft.transition_matrices_, repeated.transition_matrices_, rtol=0, atol=1e-12
    )
