"""Rows that occur once for each of their labels."""

import numpy as np

from sknoisy._iterators import RepeatedRows, each_once, merged

SOURCE = np.array([[1.0, 2], [3, 4], [1, 2]])
X = RepeatedRows(SOURCE, np.array([0, 0, 1, 2, 2]))
Y = np.array([0, 2, 1, 0, 1])


def test_the_source_is_not_copied():
    assert each_once(X) is SOURCE
    assert each_once(SOURCE) is SOURCE
    assert len(X) == 5
    assert X.first.tolist() == [0, 2, 3]


def test_repetitions_and_copies_have_the_same_number():
    assert X.equal_rows().tolist() == [0, 0, 1, 0, 0]


def test_shares_of_a_row_sum_to_one():
    weights = np.array([1.0, 3, 2, 0.5, 0.5])
    expected = [[0.25, 0, 0.75], [0, 1, 0], [0.5, 0.5, 0]]
    np.testing.assert_array_equal(X.shares(Y, weights, 3), expected)
    np.testing.assert_array_equal(X.shares(Y, None, 3)[0], [0.5, 0, 0.5])


def test_equal_pairs_are_merged():
    rows, labels, weights = merged(np.array([1, 0, 1, 1]), np.array([2, 0, 2, 1]), np.arange(4.0))
    assert rows.tolist() == [0, 1, 1]
    assert labels.tolist() == [0, 1, 2]
    assert weights.tolist() == [1, 3, 2]
