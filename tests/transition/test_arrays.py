"""Counts to rows of probabilities, and the weights of rows."""

import numpy as np

from sknoisy._transition import normalize_rows
from sknoisy._transition._arrays import cross_counts, row_weights


def test_row_without_counts_becomes_that_of_the_identity():
    np.testing.assert_array_equal(normalize_rows(np.zeros((2, 2))), np.eye(2))


def test_weights_are_numbers_of_rows():
    np.testing.assert_array_equal(row_weights([1, 2, 3], 3), [1, 2, 3])
    np.testing.assert_array_equal(row_weights(None, 2), np.ones(2))


def test_pairs_are_counted_by_their_weights():
    counts = cross_counts(np.array([0, 0, 1]), np.array([1, 1, 1]), 2, np.array([1.0, 0.5, 2]))
    np.testing.assert_array_equal(counts, [[0, 1.5], [0, 2]])
