"""The confusion matrix: identities with scikit-learn, and the matrix on the simplex."""

import numpy as np
import pytest
from sklearn import metrics

from sknoisy.metrics import noise_corrected_confusion_matrix
from sknoisy.metrics._confusion import most_likely_joint
from sknoisy.noise import corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
T3 = random_transition_matrix(3, noise_rate=0.25, random_state=1)
POOL = RNG.randint(3, size=5000)
GUESS = np.where(RNG.uniform(size=5000) < 0.7, POOL, RNG.randint(3, size=5000))


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("normalize", ["all", "true", "pred"])
def test_without_noise_the_matrix_is_that_of_scikit_learn(normalize, weighted):
    y, predicted = POOL[:300], GUESS[:300]
    options = {"normalize": normalize, "sample_weight": RNG.uniform(size=300) if weighted else None}
    np.testing.assert_allclose(
        noise_corrected_confusion_matrix(y, predicted, np.eye(3), **options),
        metrics.confusion_matrix(y, predicted, **options),
    )


def draw(n, seed=0):
    rows = np.random.RandomState(seed).randint(len(POOL), size=n)
    return corrupt_labels(POOL[rows], T3, classes=3, random_state=10**6 + seed), GUESS[rows]


def test_the_matrix_on_the_simplex_has_no_negative_entry_and_keeps_the_predictions():
    noisy, predicted = draw(60, seed=1)
    raw = noise_corrected_confusion_matrix(noisy, predicted, T3, simplex=False)
    found = noise_corrected_confusion_matrix(noisy, predicted, T3)
    assert (raw < 0).any()
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=0), np.bincount(predicted) / 60)


def test_where_nothing_is_negative_the_raw_matrix_is_the_most_likely_one():
    noisy, predicted = draw(4000)
    raw = noise_corrected_confusion_matrix(noisy, predicted, T3, simplex=False)
    assert (raw > 0).all()
    np.testing.assert_allclose(noise_corrected_confusion_matrix(noisy, predicted, T3), raw)
    share = metrics.confusion_matrix(noisy, predicted) / 4000
    np.testing.assert_allclose(most_likely_joint(T3, share), raw, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_matrix_on_the_simplex_is_a_maximum_of_the_likelihood(seed):
    noisy, predicted = draw(60, seed)
    share = metrics.confusion_matrix(noisy, predicted) / 60
    joint = most_likely_joint(T3, share)
    # The conditions of Karush, Kuhn and Tucker: no direction inside leads upward.
    gradient = T3 @ (share / (T3.T @ joint))
    assert gradient.max() < 1 + 1e-6
    np.testing.assert_allclose(gradient[joint > 1e-9], 1, atol=1e-6)


def test_the_interval_of_a_matrix_on_the_simplex_is_cut():
    noisy, predicted = draw(60, seed=1)
    low, high = noise_corrected_confusion_matrix(
        noisy, predicted, T3, confidence_level=0.95
    ).interval
    assert low.min() == 0
    assert high.max() <= 1


def test_a_class_that_is_never_predicted_leaves_its_column_empty():
    found = noise_corrected_confusion_matrix(
        [0, 1, 2, 2, 1], [0, 0, 1, 1, 0], T3, normalize="pred", classes=range(3)
    )
    np.testing.assert_allclose(found[:, 2], 0)
    np.testing.assert_allclose(found[:, :2].sum(axis=0), 1)


def test_an_unknown_normalization_is_named():
    with pytest.raises(ValueError, match="normalize must be one of"):
        noise_corrected_confusion_matrix(POOL, GUESS, T3, normalize=True)
