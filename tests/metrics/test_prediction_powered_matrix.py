"""T from a few trusted labels and many noisy ones."""

import numpy as np
import pytest

from sknoisy.inspection import rows_to_verify
from sknoisy.metrics import prediction_powered_transition_matrix, transition_matrix_error
from sknoisy.noise import corrupt_labels, transition_matrix_from_labels

T = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]])
ROUGH = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])


def sampled(seed, n=1500):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet([0.2] * 3, size=n)
    y = (proba.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return y, corrupt_labels(y, T, random_state=seed), proba


def some_trusted(y, rows):
    trusted = np.full(len(y), np.nan)
    trusted[rows] = y[rows]
    return trusted


def test_with_all_labels_trusted_it_is_the_count():
    y, noisy, proba = sampled(0)
    found = prediction_powered_transition_matrix(y, noisy, proba, ROUGH)
    np.testing.assert_allclose(found, transition_matrix_from_labels(y, noisy), atol=0.01)


def test_it_is_right_on_average_though_the_first_estimate_is_not():
    n_trials, found, first = 150, [], []
    for seed in range(n_trials):
        y, noisy, proba = sampled(seed)
        plan = rows_to_verify(proba, noisy, ROUGH, n_rows=150, random_state=seed)
        trusted, weight = some_trusted(y, plan.rows), plan.trusted_weight
        found.append(
            prediction_powered_transition_matrix(
                trusted, noisy, proba, ROUGH, trusted_weight=weight
            )
        )
        first.append(transition_matrix_error(T, ROUGH))
    error = np.std(found, axis=0) / np.sqrt(n_trials)
    # Entries that are zero are cut there, and those of a ratio have a bias of second order.
    np.testing.assert_array_less(np.abs(np.mean(found, axis=0) - T), 4 * error + 0.006)
    errors = [transition_matrix_error(T, each) for each in found]
    assert np.mean(errors) < 0.5 * np.mean(first)


def test_it_is_nearer_than_the_count_of_the_same_rows():
    errors = {"powered": [], "counted": []}
    for seed in range(30):
        y, noisy, proba = sampled(seed)
        trusted = some_trusted(y, np.arange(60))
        powered = prediction_powered_transition_matrix(trusted, noisy, proba, ROUGH)
        counted = transition_matrix_from_labels(y[:60], noisy[:60])
        errors["powered"].append(transition_matrix_error(T, powered))
        errors["counted"].append(transition_matrix_error(T, counted))
    assert np.mean(errors["powered"]) < 0.85 * np.mean(errors["counted"])


def test_a_class_without_any_evidence_keeps_its_row():
    y, noisy, _ = sampled(1, n=100)
    proba = np.tile([0.5, 0.5, 0.0], (100, 1))
    trusted = np.where(y == 2, np.nan, y)
    found = prediction_powered_transition_matrix(trusted, noisy, proba, ROUGH)
    np.testing.assert_array_equal(found[2], ROUGH[2])
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_too_few_labels_are_refused():
    y, noisy, proba = sampled(2, n=50)
    with pytest.raises(ValueError, match="y_trusted must hold at least 10 labels"):
        prediction_powered_transition_matrix(some_trusted(y, [0]), noisy, proba, ROUGH)
