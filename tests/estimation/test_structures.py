"""Structures that speak of labels: positive and unlabelled rows, one-sided and ordinal noise."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sknoisy import GroupTransitionMatrixEstimator, TransitionMatrixEstimator
from sknoisy.noise import corrupt_labels

LOGISTIC = LogisticRegression(max_iter=500)

RNG = np.random.default_rng(0)


def two_groups(n_samples=1200):
    """Rows of two classes that hardly overlap."""
    sick = RNG.random(n_samples) < 0.4
    return RNG.normal(size=(n_samples, 3)) + 2.2 * sick[:, None], sick


def test_positive_and_unlabelled_rows_say_which_label_is_positive():
    X, sick = two_groups()
    labelled = sick & (RNG.random(len(sick)) < 0.4)
    names = np.where(labelled, "sick", "unknown")  # The positive label comes first.
    structure = {"noise": "positive_unlabelled", "positive": "sick"}
    found = TransitionMatrixEstimator(LOGISTIC, structure=structure, random_state=0).fit(X, names)
    np.testing.assert_array_equal(found.transition_matrix_[1], [0, 1])
    share = labelled.mean() / found.transition_matrix_[0, 0]
    assert abs(share - sick.mean()) < 0.06
    assert found.identified_
    low, high = found.interval()
    assert low[0, 0] < found.transition_matrix_[0, 0] < high[0, 0]


def half(noisy_proba, y):
    return [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("method", ["auto", "count", "anchor", "confident_joint", half])
def test_a_known_share_of_positives_is_kept(method):
    X, sick = two_groups(600)
    labelled = sick & (RNG.random(len(sick)) < 0.4)
    structure = {"noise": "positive_unlabelled", "positive_share": 0.4}
    found = TransitionMatrixEstimator(LOGISTIC, method=method, structure=structure)
    T = found.fit(X, labelled).transition_matrix_
    np.testing.assert_allclose(T[1, 1], labelled.mean() / 0.4)
    np.testing.assert_allclose(found.noise_rate_, 0.4 - labelled.mean())
    if method != half:
        np.testing.assert_allclose(found.interval(), [T, T], atol=1e-9)


def test_a_rate_that_is_known_is_kept_by_a_count_in_one_pass():
    X, y = load_iris(return_X_y=True)
    noisy = corrupt_labels(y, 0.8 * np.eye(3) + 0.2 / 3, random_state=0)
    known = TransitionMatrixEstimator(LOGISTIC, method="count", structure={"noise_rate": 0.12})
    np.testing.assert_allclose(known.fit(X, noisy).noise_rate_, 0.12)


def test_labels_that_are_not_yet_known_are_one_sided_by_age():
    X, sick = two_groups(3000)
    age = RNG.integers(3, size=len(sick))
    known = sick & (RNG.random(len(sick)) < np.array([0.3, 0.6, 0.9])[age])
    common = TransitionMatrixEstimator(LOGISTIC, structure="one_sided", random_state=0)
    by_age = GroupTransitionMatrixEstimator(common).fit(X, known, noise_groups=age)
    np.testing.assert_array_equal(by_age.transition_matrices_[:, 0], np.tile([1.0, 0.0], (3, 1)))
    np.testing.assert_allclose(by_age.transition_matrices_[:, 1, 1], [0.3, 0.6, 0.9], atol=0.1)


def test_ordinal_labels_are_not_far_off():
    y = RNG.integers(4, size=800)
    T = np.array([[0.8, 0.2, 0, 0], [0.1, 0.8, 0.1, 0], [0, 0.1, 0.8, 0.1], [0, 0, 0.2, 0.8]])
    noisy = corrupt_labels(y, T, random_state=0)
    X = y[:, None] + RNG.normal(scale=0.2, size=(800, 2))
    found = TransitionMatrixEstimator(GaussianNB(), structure="ordinal", random_state=0)
    np.testing.assert_allclose(found.fit(X, noisy).transition_matrix_, T, atol=0.12)
    assert (found.transition_matrix_[T == 0] == 0).all()


def test_a_contradiction_is_found_before_anything_is_trained():
    X, sick = two_groups(200)
    structure = {"noise": "positive_unlabelled", "positive_share": 0.1}
    with pytest.raises(ValueError, match="must be at least that of the rows labelled True, 0"):
        TransitionMatrixEstimator(NeverFitted(), structure=structure).fit(X, sick)


class NeverFitted(GaussianNB):
    def fit(self, X, y):
        raise AssertionError("It is trained.")
