"""Classes are found as clusters where labels no longer name them."""

import numpy as np
from posteriors import noisy_sample

from sknoisy._transition import cluster_posteriors, maximum_trace_order

# More examples of class 0 than of class 1 carry the label 1.
BEYOND = np.array([[0.4, 0.6, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]])


def test_clusters_are_the_classes():
    proba, _, clean = noisy_sample(3_000, transition_matrix=BEYOND, sharp=10.0, clean=True)
    cluster = cluster_posteriors(proba)
    for k in range(3):
        shares = np.bincount(clean[cluster == k], minlength=3) / (cluster == k).sum()
        assert shares.max() > 0.98


def test_identical_posteriors_do_no_harm():
    assert cluster_posteriors(np.full((10, 3), 1 / 3)).shape == (10,)


def test_names_are_those_under_which_most_labels_are_right():
    order = np.array([2, 0, 1])
    np.testing.assert_array_equal(BEYOND[order][maximum_trace_order(BEYOND[order])], BEYOND)
