"""Accuracy and balanced accuracy: identities with scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from sknoisy.metrics import noise_corrected_accuracy, noise_corrected_balanced_accuracy
from sknoisy.noise import random_transition_matrix

RNG = np.random.RandomState(0)
K = 4
Y = RNG.randint(K, size=300)
PREDICTED = np.where(RNG.uniform(size=300) < 0.7, Y, RNG.randint(K, size=300))
WEIGHTS = RNG.uniform(size=300)


@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (noise_corrected_accuracy, metrics.accuracy_score),
        (noise_corrected_balanced_accuracy, metrics.balanced_accuracy_score),
    ],
)
def test_without_noise_the_scores_are_those_of_scikit_learn(ours, theirs, sample_weight):
    expected = theirs(Y, PREDICTED, sample_weight=sample_weight)
    found = ours(Y, PREDICTED, np.eye(K), sample_weight=sample_weight)
    assert found == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:The labels are cleaner")  # They have nothing to do with T.
def test_the_accuracy_is_a_mean_of_entries_of_the_inverse():
    T = random_transition_matrix(K, noise_rate=0.3, random_state=1)
    expected = np.linalg.inv(T)[Y, PREDICTED]
    found = noise_corrected_accuracy(Y, PREDICTED, T, return_std=True)
    assert found.value == pytest.approx(expected.mean())
    assert found.std == pytest.approx(expected.std(ddof=1) / np.sqrt(len(Y)))


def test_a_clean_class_without_corrected_share_is_left_out_of_the_balanced_accuracy():
    assert noise_corrected_balanced_accuracy([0, 1, 1], [0, 1, 1], np.eye(3), classes=range(3)) == 1


def test_of_two_classes_the_order_by_balanced_accuracy_does_not_depend_on_T():
    noisy = RNG.randint(2, size=500)
    models = [np.where(RNG.uniform(size=500) < share, noisy, 0) for share in (0.2, 0.5, 0.8)]
    models += [RNG.randint(2, size=500) for _ in range(5)]
    of_noisy = [metrics.balanced_accuracy_score(noisy, model) - 0.5 for model in models]
    for T in ([[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.1, 0.9]]):
        scores = [noise_corrected_balanced_accuracy(noisy, model, T) - 0.5 for model in models]
        assert np.ptp(np.divide(scores, of_noisy)) < 1e-9
