"""Predictions that follow from posteriors."""

import numpy as np
from numpy.testing import assert_array_equal

from sknoisy._predictions import CleanAndNoisyLabels, CleanLabels


class FromTable(CleanAndNoisyLabels):
    """Row i of X is the number of a row of posteriors."""

    classes_ = np.array(["a", "b", "c"])
    transition_matrix_ = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.2], [0.3, 0.0, 0.7]])
    table = np.array([[0.2, 0.5, 0.3], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])

    def predict_proba(self, X):
        return self.table[X]


def test_predict_is_the_label_of_the_largest_posterior():
    assert_array_equal(FromTable().predict([2, 0, 1]), ["c", "b", "a"])


def test_ties_go_to_the_first_class():
    class Undecided(CleanLabels):
        classes_ = np.array([3, 7])

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    assert_array_equal(Undecided().predict([0]), [3])


def test_noisy_posteriors_go_through_t_row_by_row():
    noisy = FromTable().predict_noisy_proba([2, 0])
    assert_array_equal(noisy[0], FromTable.transition_matrix_[2])
    expected = [0.2 * 0.9 + 0.3 * 0.3, 0.2 * 0.1 + 0.5 * 0.8, 0.5 * 0.2 + 0.3 * 0.7]
    np.testing.assert_allclose(noisy[1], expected)


def test_logarithms_of_posteriors_are_minus_infinity_at_zero():
    assert_array_equal(FromTable().predict_log_proba([1, 2])[1], [-np.inf, -np.inf, 0])
