"""Labels counted among the rows that rank highest."""

import numpy as np
from posteriors import estimated, noisy_sample

from sknoisy._transition import default_n_top, doubts, estimate
from sknoisy._transition._count import ranked_counts


def test_counts_of_pure_noise_lean_to_the_identity():
    rng = np.random.default_rng(0)
    proba, y = rng.random((100, 2)), rng.integers(2, size=100)
    counts = ranked_counts(proba, y, 30, np.ones(100))
    # Five more rows of each class, labelled rightly.
    np.testing.assert_allclose(estimated(proba, y, "count"), (counts + 5 * np.eye(2)) / 35)


def test_order_of_tied_rows_does_not_matter():
    scores = np.repeat([[0.9, 0.1], [0.2, 0.8]], 50, axis=0)
    y = np.repeat([0, 1, 0, 1], [40, 10, 5, 45])  # Sorted: the first rows are not like the rest.
    shuffled = np.random.default_rng(0).permutation(100)
    found = ranked_counts(scores, y, 20, np.ones(100))
    np.testing.assert_allclose(found, [[16, 4], [2, 18]])
    np.testing.assert_allclose(
        ranked_counts(scores[shuffled], y[shuffled], 20, np.ones(100)), found
    )


def test_no_more_rows_are_counted_than_a_class_has_labels():
    labels = np.array([10.0, 40.0, 1000.0])
    np.testing.assert_array_equal(default_n_top(labels), [10, 40, 70])
    proba, y = noisy_sample(40, transition_matrix=np.eye(4), prior=np.full(4, 1 / 4))
    found = estimate(proba, y, method="count")
    np.testing.assert_array_equal(found.n_examples, np.bincount(y))
    few = [doubt for doubt in doubts(found.transition_matrix, found.n_examples, np.arange(4))]
    assert any("rest on fewer than 30 examples" in doubt for doubt in few)


def test_more_rows_than_there_are_count_all():
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    np.testing.assert_array_equal(ranked_counts(scores, np.array([0, 1]), 9, np.ones(2)), 1)


def test_large_matrices_are_counted_in_one_pass():
    rng = np.random.default_rng(0)
    scores, y = rng.random((11_000, 100)), rng.integers(100, size=11_000)
    found = ranked_counts(scores, y, 10, np.ones(11_000))
    for k in (0, 57, 99):
        top = np.argsort(-scores[:, k])[:10]
        np.testing.assert_array_equal(found[k], np.bincount(y[top], minlength=100))
