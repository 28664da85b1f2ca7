"""The confident joint keeps the shares of the labels."""

import numpy as np
from posteriors import noisy_sample

from sknoisy._transition._confident_joint import confident_joint


def test_a_row_is_of_the_class_that_it_reaches_the_mean_posterior_of():
    proba, y = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]]), np.array([0, 0, 1])
    # The row of 0.7 misses the mean of 0.8; its label keeps its share all the same.
    np.testing.assert_array_equal(confident_joint(proba, y, np.ones(3)), [[2, 0], [0, 1]])


def test_each_label_keeps_its_number_of_rows():
    proba, y = noisy_sample(2_000)
    joint = confident_joint(proba, y, np.ones(len(y)))
    np.testing.assert_allclose(joint.sum(axis=0), np.bincount(y))
