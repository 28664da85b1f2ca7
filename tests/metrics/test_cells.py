"""Counts of noisy label and prediction: unbiased scores, and standard errors that hold."""

import itertools

import numpy as np
import pytest
from sklearn import metrics

from sknoisy.metrics import (
    noise_corrected_accuracy,
    noise_corrected_balanced_accuracy,
    noise_corrected_confusion_matrix,
    noise_corrected_f1,
    noise_corrected_precision,
    noise_corrected_recall,
)
from sknoisy.metrics._cells import cells_of, read_cells
from sknoisy.metrics._inputs import check_weights
from sknoisy.noise import corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
T3 = random_transition_matrix(3, noise_rate=0.25, random_state=1)
POOL = RNG.randint(3, size=5000)
GUESS = np.where(RNG.uniform(size=5000) < 0.7, POOL, RNG.randint(3, size=5000))
SCORES = {
    "accuracy": (noise_corrected_accuracy, {}),
    "balanced accuracy": (noise_corrected_balanced_accuracy, {}),
    "precision of each class": (noise_corrected_precision, {"average": None}),
    "recall of each class": (noise_corrected_recall, {"average": None}),
    "F1 of each class": (noise_corrected_f1, {"average": None}),
    "F1, macro": (noise_corrected_f1, {"average": "macro"}),
    "precision, weighted": (noise_corrected_precision, {"average": "weighted"}),
    "F1, weighted": (noise_corrected_f1, {"average": "weighted"}),
    "joint": (noise_corrected_confusion_matrix, {"simplex": False}),
    "rows": (noise_corrected_confusion_matrix, {"simplex": False, "normalize": "true"}),
    "columns": (noise_corrected_confusion_matrix, {"simplex": False, "normalize": "pred"}),
}


def test_shares_are_those_of_the_weighted_table():
    noisy, predicted, weights = POOL[:50], GUESS[:50], RNG.uniform(size=50)
    expected = metrics.confusion_matrix(noisy, predicted, sample_weight=weights, normalize="all")
    _, classes, cells = read_cells(noisy, predicted, T3, sample_weight=weights)
    np.testing.assert_allclose(cells.share, expected)
    assert classes.tolist() == [0, 1, 2]


def test_the_standard_error_of_cells_is_that_of_rows():
    noisy, predicted = POOL[:50], GUESS[:50]
    influence = RNG.normal(size=(3, 3))
    of_rows = influence[noisy, predicted]
    cells = cells_of(noisy, predicted, check_weights(None, 50), 3)
    assert cells.std(influence) == pytest.approx(of_rows.std(ddof=1) / np.sqrt(50))


def test_the_mean_over_all_noisy_labels_is_exactly_the_clean_accuracy_and_joint():
    T = random_transition_matrix(3, noise_rate=0.3, random_state=1)
    clean, predicted = np.array([0, 1, 2, 1]), np.array([0, 1, 1, 2])
    accuracy, joint = 0.0, np.zeros((3, 3))
    for noisy in itertools.product(range(3), repeat=4):
        chance = T[clean, noisy].prod()
        accuracy += chance * noise_corrected_accuracy(noisy, predicted, T, classes=range(3))
        joint += chance * noise_corrected_confusion_matrix(
            noisy, predicted, T, classes=range(3), simplex=False
        )
    assert accuracy == pytest.approx(0.5)
    np.testing.assert_allclose(joint, metrics.confusion_matrix(clean, predicted) / 4, atol=1e-12)


@pytest.mark.parametrize(("score", "options"), SCORES.values(), ids=SCORES)
def test_standard_errors_are_the_spread_and_the_mean_is_the_clean_score(score, options):
    truth = np.asarray(score(POOL, GUESS, np.eye(3), **options))
    found, n_draws = [], 200
    for seed in range(n_draws):
        rows = np.random.RandomState(seed).randint(len(POOL), size=1500)
        noisy = corrupt_labels(POOL[rows], T3, classes=3, random_state=10**6 + seed)
        found.append(score(noisy, GUESS[rows], T3, return_std=True, **options)[:2])
    values = np.array([value for value, _ in found])
    spread, claimed = values.std(axis=0), np.mean([std for _, std in found], axis=0)
    # The spread of 200 draws is known to 1 in sqrt(400): four of these.
    np.testing.assert_allclose(claimed / spread, 1, atol=4 / np.sqrt(2 * n_draws))
    # Ratios have a bias of the order of the squared standard error.
    bias = np.abs(values.mean(axis=0) - truth)
    assert (bias < 4 * spread / np.sqrt(n_draws) + 3 * spread**2).all()
