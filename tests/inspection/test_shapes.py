"""Noise by the shape of the classes."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from torch.utils.data import TensorDataset

from sknoisy import TransitionMatrixEstimator
from sknoisy._validation import validate_training_set
from sknoisy.inspection._shapes import compare_shapes
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
    shapes = compare_shapes(data(form(X)), PROBA, T, 0.2, 0)
    assert shapes.noise_rate == pytest.approx(0.2, abs=0.05)
    assert shapes.test.p_value > 0.5
    assert shapes.notes == []


def test_a_dataset_has_none_and_says_so():
    dataset = TensorDataset(torch.as_tensor(X), torch.as_tensor(NOISY))
    shapes = compare_shapes(data(dataset), PROBA, T, 0.2, 0)
    assert shapes.test is None
    assert "not all numbers in memory" in shapes.notes[0]


def test_rows_of_one_predicted_class_have_none():
    shapes = compare_shapes(data(X), np.tile([0.9, 0.1], (N, 1)), T, 0.2, 0)
    assert shapes.test is None
    assert "one class" in shapes.notes[0]
