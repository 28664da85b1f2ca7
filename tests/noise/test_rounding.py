import numpy as np
import pytest

from sknoisy.noise import (
    pair_flip_transition_matrix,
    random_transition_matrix,
    structured_transition_matrix,
    symmetric_transition_matrix,
)
from sknoisy.noise._rounding import exact_counts, shift_to_sum


def counts_of(T, sizes, seed=0):
    return exact_counts(np.asarray(T), np.asarray(sizes), np.random.RandomState(seed))


@pytest.mark.parametrize(("K", "n"), [(2, 7), (3, 100), (10, 999), (120, 20_000), (50, 60)])
def test_counts_are_the_whole_numbers_around_their_expectations(K, n):
    T = random_transition_matrix(K, noise_rate=0.3, random_state=K)
    sizes = np.random.default_rng(0).multinomial(n, np.full(K, 1 / K))
    counts, expected = counts_of(T, sizes), sizes[:, None] * T
    assert (np.abs(counts - expected) < 1).all()
    np.testing.assert_array_equal(counts.sum(axis=1), sizes)
    assert abs(np.trace(counts) - np.trace(expected)) <= 0.5 + 1e-6


def test_the_noise_of_120_classes_has_the_rate_to_one_label():
    sizes = np.bincount(np.arange(20_000) % 120)
    counts = counts_of(symmetric_transition_matrix(120, 0.2), sizes)
    assert abs(20_000 - np.trace(counts) - 4000) <= 1


def test_whole_expectations_are_met_exactly():
    T = symmetric_transition_matrix(11, 0.3)
    np.testing.assert_array_equal(counts_of(T, np.full(11, 100)), np.round(100 * T))


def test_a_small_expectation_is_the_probability_of_a_label():
    # Of two labels one is kept, and the other goes to classes 1 to 3 with 0.2, 0.3 and 0.5.
    T, n_draws = [[0.5, 0.1, 0.15, 0.25], *np.eye(4)[1:]], 2000
    share = np.mean([counts_of(T, [2, 0, 0, 0], seed)[0] for seed in range(n_draws)], axis=0)
    p = np.array([0.2, 0.3, 0.5])
    assert share[0] == 1
    assert (np.abs(share[1:] - p) <= 4 * np.sqrt(p * (1 - p) / n_draws)).all()


def test_no_class_is_favoured_where_expectations_are_small():
    # Each class has 5 labels, none of its false classes expects a whole one: largest remainders
    # would give all labels to the first-ranked and none to the last.
    K, n_draws = 30, 300
    order = np.array([[(i + shift) % K for shift in range(1, K)] for i in range(K)])
    T = structured_transition_matrix(order, alpha=40, delta=0.8)
    total = sum(counts_of(T, np.full(K, 5), seed) for seed in range(n_draws))
    by_rank = np.take_along_axis(total, order, axis=1).sum(axis=0)
    expected = n_draws * 5 * np.take_along_axis(T, order, axis=1).sum(axis=0)
    # The kept labels are settled first, which moves the others by less than 2%.
    assert (np.abs(by_rank - expected) <= 4 * np.sqrt(expected) + 0.02 * expected).all()


def test_ties_favour_no_class():
    # Of 7 or 17 labels 4.9 or 11.9 are kept: 9 of the 10 classes round up, and which is drawn.
    sizes, n_draws = np.array([7, 17] * 5), 400
    T = pair_flip_transition_matrix(10, 0.3)
    kept = np.mean([counts_of(T, sizes, seed).diagonal() for seed in range(n_draws)], axis=0)
    assert (np.abs(kept - 0.7 * sizes) <= 4 * np.sqrt(0.09 / n_draws)).all()


def test_neighbouring_classes_may_both_round_up():
    # One kept label and four half ones: two of classes 1 to 4 get a label, any pair alike.
    T = [[1 / 3] + [1 / 6] * 4, *np.eye(5)[1:]]
    draws = (counts_of(T, [3, 0, 0, 0, 0], seed)[0, 1:] for seed in range(100))
    assert len({tuple(np.flatnonzero(draw)) for draw in draws}) == 6


@pytest.mark.parametrize("total", [0, 0.5, 2.5, 4, 5])
def test_shifted_fractions_have_the_sum_and_keep_their_order(total):
    fractions = np.array([0.0, 0.3, 0.5, 0.7, 1.0])
    shifted = shift_to_sum(fractions, total)
    np.testing.assert_allclose(shifted.sum(), total)
    assert 0 <= shifted.min() <= shifted.max() <= 1
    assert (np.diff(shifted) >= 0).all()
    # All move the same way, if any does.
    assert len(set(np.sign(shifted - fractions)) - {0}) <= 1


def test_fractions_without_any_sum_are_shifted_alike():
    np.testing.assert_array_equal(shift_to_sum(np.zeros(4), 0), 0)
    np.testing.assert_allclose(shift_to_sum(np.zeros(4), 1), 0.25)
    np.testing.assert_allclose(shift_to_sum(np.ones(4), 1), 0.25)
