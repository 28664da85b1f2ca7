"""Intervals of the estimator, with posteriors as they are and with classifiers fitted again."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sknoisy import TransitionMatrixEstimator
from sknoisy._estimation._refits import refitted_transition_matrices
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.3)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    clean = rng.integers(3, size=600)
    X = rng.normal(size=(600, 2)) + 4 * np.array([[0, 0], [1, 0], [0, 1]])[clean]
    return X, corrupt_labels(clean, T, random_state=0)


def test_refits_vary_about_the_estimate(blobs):
    estimator = TransitionMatrixEstimator(GaussianNB(), random_state=0).fit(*blobs)
    samples = refitted_transition_matrices(estimator, *blobs, n_bootstrap=8)
    assert samples.shape == (8, 3, 3)
    assert np.abs(samples.mean(axis=0) - estimator.transition_matrix_).max() < 0.1
    assert samples.std(axis=0).max() > 0


@pytest.mark.parametrize("again", [False, True], ids=["as they are", "fitted again"])
def test_limits_hold_the_estimate_and_most_of_the_truth(again, blobs):
    estimator = TransitionMatrixEstimator(LogisticRegression(), random_state=0).fit(*blobs)
    data = dict(zip("Xy", blobs, strict=True)) if again else {}
    lower, upper = estimator.interval(n_bootstrap=10, **data)
    assert (lower <= estimator.transition_matrix_).all()
    assert (estimator.transition_matrix_ <= upper).all()
    assert ((lower <= T) & (T <= upper)).mean() > 0.6


def test_higher_confidence_is_wider(blobs):
    estimator = TransitionMatrixEstimator(GaussianNB(), random_state=0).fit(*blobs)
    narrow, wide = (np.diff(estimator.interval(c, n_bootstrap=5), axis=0) for c in (0.5, 0.99))
    assert (wide >= narrow).all()


def test_confidence_is_a_probability(blobs):
    estimator = TransitionMatrixEstimator(GaussianNB()).fit(*blobs)
    with pytest.raises(ValueError, match=r"confidence_level must be in \(0, 1\); got 95"):
        estimator.interval(95)
    with pytest.raises(ValueError, match="n_bootstrap must be at least 2; got 1"):
        estimator.interval(n_bootstrap=1)


def test_a_classifier_without_weights_cannot_be_fitted_again(blobs):
    estimator = TransitionMatrixEstimator(LinearDiscriminantAnalysis(), random_state=0).fit(*blobs)
    estimator.interval()
    with pytest.raises(ValueError, match="weighted rows, and LinearDiscriminantAnalysis takes no"):
        estimator.interval(X=blobs[0], y=blobs[1])
