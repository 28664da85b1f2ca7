"""Noise by the shape of the classes, and by trusted labels."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from torch.utils.data import TensorDataset

from sknoisy import TransitionMatrixEstimator
from sknoisy._validation import validate_training_set
from sknoisy.inspection._shapes import compare_shapes, trusted_test
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N, T = 1200, symmetric_transition_matrix(2, 0.2)
RNG = np.random.default_rng(0)
Y = RNG.integers(2, size=N)
X = RNG.normal(size=(N, 4)) + 4 * Y[:, None] * np.eye(4)[0]
NOISY = corrupt_labels(Y, T, random_state=1)
PROBA = 1 / (1 + np.exp(-4 * (X[:, 0] - 2)))
PROBA = np.column_stack([1 - PROBA, PROBA])


def data(rows, y=NOISY):
    return validate_training_set(TransitionMatrixEstimator(), rows, y)


@pytest.mark.parametrize("form", [np.asarray, csr_matrix, lambda X: X.reshape(N, 1, 2, 2)])
def test_tables_sparse_rows_and_images_have_shapes(form):
    found = compare_shapes(data(form(X)), PROBA, T, 0.2, 0)
    assert found.noise_rate == pytest.approx(0.2, abs=0.05)
    assert found.test.p_value > 0.5
    assert found.notes == []


def test_a_dataset_has_none_and_says_so():
    dataset = TensorDataset(torch.as_tensor(X), torch.as_tensor(NOISY))
    found = compare_shapes(data(dataset), PROBA, T, 0.2, 0)
    assert found.test is None
    assert "not numbers in memory" in found.notes[0]


def test_rows_of_one_predicted_class_have_none():
    found = compare_shapes(data(X), np.tile([0.9, 0.1], (N, 1)), T, 0.2, 0)
    assert found.test is None
    assert "one class" in found.notes[0]


def test_trusted_labels_show_noise_near_the_boundary():
    margin = np.abs(PROBA[:, 0] - 0.5)
    near = np.argsort(margin)[: N // 5]
    y = Y.copy()
    y[near] = 1 - y[near]
    trusted = np.where(np.arange(N) % 3 == 0, Y, np.nan)
    assert trusted_test(trusted, data(X, y), PROBA).p_value < 0.001
    assert trusted_test(trusted, data(X), PROBA).p_value > 0.01


def test_trusted_labels_may_be_strings_and_few_say_nothing():
    names = np.array(["no", "yes"])
    trusted = np.array([None] * N, dtype=object)
    trusted[:10] = names[Y[:10]]
    assert trusted_test(trusted, data(X, names[NOISY]), PROBA) is None
    trusted[:100] = names[Y[:100]]
    assert trusted_test(trusted, data(X, names[NOISY]), PROBA) is not None
