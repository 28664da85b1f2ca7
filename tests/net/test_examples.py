"""Rows with soft labels come once."""

import numpy as np

from sknoisy._iterators import RepeatedRows
from sknoisy._net._examples import as_examples

SOURCE = np.arange(6.0).reshape(3, 2)
X = RepeatedRows(SOURCE, np.array([0, 0, 1, 2, 2]))
Y = np.array([0, 2, 1, 0, 1])


def test_rows_with_one_label_stay_what_they_are():
    found = as_examples(SOURCE, Y[:3], None)
    assert found.X is SOURCE
    assert found.soft is None


def test_each_row_has_all_of_its_labels_and_the_first_is_that_of_the_largest_share():
    found = as_examples(X, Y, np.array([1.0, 3, 4, 2, 2]), matrix=np.array([5, 5, 6, 7, 7]))
    assert found.X is SOURCE
    assert found.y.tolist() == [2, 1, 0]
    assert found.sample_weight is None  # All rows weigh 4.
    assert found.matrix.tolist() == [5, 6, 7]
    assert found.soft.labels.tolist() == [[0, 2], [1, 1], [0, 1]]
    assert found.soft.shares.tolist() == [[0.25, 0.75], [1, 0], [0.5, 0.5]]


def test_weights_of_rows_have_mean_one():
    found = as_examples(X, Y, np.array([1.0, 1, 1, 2, 1]))
    np.testing.assert_allclose(found.sample_weight, [1, 0.5, 1.5])


def test_rows_whose_labels_are_all_the_same_have_one_label():
    found = as_examples(X, np.array([2, 2, 1, 0, 0]), None)
    assert found.soft is None
    assert found.y.tolist() == [2, 1, 0]
