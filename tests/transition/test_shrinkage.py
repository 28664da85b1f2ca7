"""Entries borrow strength where they have something in common, and only there."""

import numpy as np
import pytest
from posteriors import T, error

from sknoisy._transition import normalize_rows, shrink_counts
from sknoisy._transition._shrinkage import (
    Strengths,
    beta_likelihood,
    off_diagonal_strength,
    plausible_strengths,
)
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)


def drawn(transition_matrix, n, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.multinomial(n, row) for row in transition_matrix]).astype(float)


def mean_error(estimate, transition_matrix, n):
    draws = [drawn(transition_matrix, n, seed) for seed in range(20)]
    return np.mean([error(estimate(counts), transition_matrix) for counts in draws])


def test_symmetric_noise_is_found_with_a_fraction_of_the_error():
    true = symmetric_transition_matrix(10, 0.3)
    assert mean_error(shrink_counts, true, 100) < mean_error(normalize_rows, true, 100) / 3


@pytest.mark.parametrize(
    "true",
    [
        pair_flip_transition_matrix(4, 0.4),
        class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=10),
        T,
    ],
    ids=["pair", "class map", "free"],
)
def test_other_noise_is_not_made_worse(true):
    assert mean_error(shrink_counts, true, 100) < 1.1 * mean_error(normalize_rows, true, 100)


def test_two_kinds_of_classes_keep_their_two_rates():
    true = class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=10)
    found = shrink_counts(drawn(true, 1000)).diagonal()
    np.testing.assert_allclose(found, true.diagonal(), atol=0.03)
    assert np.ptp(found[true.diagonal() == 1]) < 1e-3


def test_many_counts_speak_for_themselves():
    np.testing.assert_allclose(shrink_counts(drawn(T, 1_000_000)), T, atol=0.003)


def test_no_counts_say_that_labels_are_right():
    found = shrink_counts(np.zeros((3, 3)))
    assert found.diagonal().min() > 0.5
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_impossible_entries_stay_zero():
    possible = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    found = shrink_counts(drawn(T, 50), possible=possible)
    np.testing.assert_array_equal(found[~possible], 0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found[2, 2] == 1


def test_strength_tells_even_rows_from_sparse_ones():
    assert off_diagonal_strength(drawn(symmetric_transition_matrix(5, 0.4), 500)) > 10
    assert off_diagonal_strength(drawn(pair_flip_transition_matrix(5, 0.4), 500)) < 0.1


def test_given_strengths_say_how_far_entries_are_drawn():
    counts = drawn(T, 50)
    spread = [
        np.ptp(shrink_counts(counts, strengths=Strengths(1.0, s)).diagonal()) for s in (1, 30, 1e6)
    ]
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] < 1e-3


def test_plausible_strengths_lie_about_the_likeliest_one():
    true = class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=10)
    counts = drawn(true, 500)
    rng = np.random.default_rng(0)
    found = [plausible_strengths(counts, rng) for _ in range(50)]
    likeliest = off_diagonal_strength(counts)
    low, high = np.quantile([strengths.off_diagonal for strengths in found], [0.02, 0.98])
    assert low <= likeliest <= high
    assert {strengths.diagonal for strengths in found} == {None}  # Two kinds of classes.


def test_weights_in_thousands_of_billions_leave_the_likelihood_finite():
    right = np.array([3e14, 2e14])
    assert np.isfinite(beta_likelihood(right, right, 0.999, np.array([1.0]))).all()
