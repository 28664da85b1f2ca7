"""The confident joint keeps the shares of the labels."""

import numpy as np
from posteriors import noisy_sample

from sknoisy._transition import confident_joint_transition_matrix
from sknoisy._transition._confident_joint import confident_joint


def test_class_without_counts_keeps_the_identity():
    found = confident_joint_transition_matrix(np.array([[0.9, 0.1]]), [0], prior_rows=0)
    np.testing.assert_array_equal(found, np.eye(2))


def test_each_label_keeps_its_number_of_rows():
    proba, y = noisy_sample(2_000)
    joint = confident_joint(proba, y, np.ones(len(y)))
    np.testing.assert_allclose(joint.sum(axis=0), np.bincount(y))
