"""Trusted labels settle names at once, and entries as they become many."""

import numpy as np
from posteriors import T, noisy_sample

from sknoisy._transition import (
    order_is_doubtful,
    trusted_counts,
    trusted_order,
    trusted_posterior,
)
from sknoisy.noise import symmetric_transition_matrix

BEYOND = np.array([[0.4, 0.6, 0.0], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])


def mean(concentration):
    return concentration / concentration.sum(axis=1, keepdims=True)


def test_one_row_per_class_settles_the_names():
    found = BEYOND[[1, 0, 2]]  # The trace is larger with the first two rows swapped.
    np.testing.assert_array_equal(trusted_order(BEYOND, np.arange(3), found), [1, 0, 2])


def test_a_few_misplaced_rows_do_not_turn_a_clear_t_over():
    clear = symmetric_transition_matrix(3, 0.1)
    np.testing.assert_array_equal(trusted_order(clear[[1, 0]], np.array([0, 1]), clear), range(3))


def test_many_misplaced_rows_do():
    clear = symmetric_transition_matrix(3, 0.1)
    rows = np.repeat([1, 0], 10)
    order = trusted_order(clear[rows], np.repeat([0, 1], 10), clear)
    np.testing.assert_array_equal(order, [1, 0, 2])


def test_class_without_trusted_rows_keeps_its_name():
    np.testing.assert_array_equal(trusted_order(T[:1], np.array([0]), T), range(3))


def test_names_are_in_doubt_where_trusted_rows_lie_between_two_classes():
    between = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert order_is_doubtful(between, np.arange(3), BEYOND)
    assert not order_is_doubtful(BEYOND[[1, 0, 2]], np.arange(3), BEYOND)


def test_a_surer_posterior_takes_the_place_of_the_projection():
    between = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    surer = np.array([[0.1, 0.9, 0.0], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]])
    found = trusted_order(between, np.arange(3), BEYOND, posterior=surer)
    np.testing.assert_array_equal(found, [1, 0, 2])


def test_few_counts_change_little_and_many_decide():
    wrong = np.full((3, 3), 1 / 3)
    few = trusted_posterior(wrong, np.eye(3))
    assert np.abs(mean(few) - wrong).max() < 0.02
    many = trusted_posterior(wrong, 5_000 * T)
    np.testing.assert_allclose(mean(many), T, atol=0.01)


def test_strength_follows_how_well_the_estimate_predicts():
    rng = np.random.default_rng(0)
    counts = np.stack([rng.multinomial(500, row) for row in T]).astype(float)
    strengths = [
        trusted_posterior(np.maximum(t, 1e-6), counts).sum() - counts.sum() for t in (T, T[::-1])
    ]
    assert strengths[0] > 20 * strengths[1]


def test_counts_are_those_of_pairs():
    _, y, clean = noisy_sample(500, clean=True)
    counts = trusted_counts(clean, y, 3)
    assert counts[0, 1] == ((clean == 0) & (y == 1)).sum()
    assert counts.sum() == 500
