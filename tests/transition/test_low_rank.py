"""Wrong labels of a few kinds."""

import numpy as np

from sknoisy._transition._low_rank import low_rank_counts


def test_counts_of_that_rank_stay_as_they_are():
    rng = np.random.default_rng(0)
    off = rng.random((6, 2)) @ rng.random((2, 6))
    np.fill_diagonal(off, 9)
    np.testing.assert_allclose(low_rank_counts(off, 2), off, rtol=0.05)


def test_rows_keep_their_sums_and_the_diagonal():
    counts = np.random.default_rng(0).integers(1, 50, size=(5, 5)).astype(float)
    found = low_rank_counts(counts, 1)
    np.testing.assert_allclose(found.sum(axis=1), counts.sum(axis=1))
    np.testing.assert_array_equal(found.diagonal(), counts.diagonal())


def test_class_that_is_never_wrong_stays_so():
    counts = np.array([[9.0, 0, 0], [2, 5, 2], [1, 1, 7]])
    np.testing.assert_array_equal(low_rank_counts(counts, 1)[0], counts[0])
