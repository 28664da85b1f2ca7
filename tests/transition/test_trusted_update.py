"""Trusted labels settle names at once, and entries as they become many."""

import numpy as np
from posteriors import T

from sknoisy._transition import (
    ChosenRows,
    NoisyRows,
    TrustedRows,
    estimate,
    project_posterior,
    with_trusted,
)
from sknoisy._transition._trusted_posterior import trusted_posterior
from sknoisy._transition._trusted_update import order_is_doubtful, trusted_order
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

BEYOND = np.array([[0.4, 0.6, 0.0], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])


def order_by(proba, clean, transition_matrix):
    return trusted_order(project_posterior(proba, transition_matrix), clean, transition_matrix)


def of_all(proba, clean, noisy):
    """Trusted rows that are all rows."""
    rows = NoisyRows(proba, noisy, np.ones(len(noisy)))
    return TrustedRows(proba, clean, ChosenRows(np.arange(len(noisy)), rows))


def mean(concentration):
    return concentration / concentration.sum(axis=1, keepdims=True)


def test_one_row_per_class_settles_the_names():
    found = BEYOND[[1, 0, 2]]  # The trace is larger with the first two rows swapped.
    np.testing.assert_array_equal(order_by(BEYOND, np.arange(3), found), [1, 0, 2])


def test_a_few_misplaced_rows_do_not_turn_a_clear_t_over():
    clear = symmetric_transition_matrix(3, 0.1)
    np.testing.assert_array_equal(order_by(clear[[1, 0]], np.array([0, 1]), clear), range(3))


def test_many_misplaced_rows_do():
    clear = symmetric_transition_matrix(3, 0.1)
    rows = np.repeat([1, 0], 10)
    order = order_by(clear[rows], np.repeat([0, 1], 10), clear)
    np.testing.assert_array_equal(order, [1, 0, 2])


def test_a_t_that_is_off_in_all_rows_is_not_turned_over():
    off = np.array([[0.6, 0.4], [0.485, 0.515]])  # Rows of both classes lie at its second row.
    proba = np.repeat([[0.51, 0.49], [0.5, 0.5]], [12, 3], axis=0)
    order = order_by(proba, np.repeat([0, 1], [12, 3]), off)
    np.testing.assert_array_equal(order, range(2))
    turned = order_by(proba, np.repeat([1, 0], [12, 3]), off[::-1])
    np.testing.assert_array_equal(turned, range(2))


def test_class_without_trusted_rows_keeps_its_name():
    np.testing.assert_array_equal(order_by(T[:1], np.array([0]), T), range(3))


def test_names_are_in_doubt_where_trusted_rows_lie_between_two_classes():
    between = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert order_is_doubtful(project_posterior(between, BEYOND), np.arange(3), BEYOND)
    assert not order_is_doubtful(np.eye(3)[[1, 0, 2]], np.arange(3), BEYOND)


def test_where_names_are_in_doubt_a_surer_posterior_is_asked_for():
    asked = []

    def sharpen(transition_matrix):
        asked.append(transition_matrix)
        return np.eye(3)[[1, 0, 2]] * 0.9 + 0.03

    fitted = estimate(np.eye(3), np.arange(3), method=lambda proba, y: BEYOND)
    between = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    rows = of_all(between, np.arange(3), np.arange(3))
    np.testing.assert_array_equal(with_trusted(fitted, rows, sharpen).order, [1, 0, 2])
    clear = rows._replace(proba=BEYOND[[1, 0, 2]])
    np.testing.assert_array_equal(with_trusted(fitted, clear, sharpen).order, [1, 0, 2])
    assert len(asked) == 1


def test_trusted_rows_between_classes_without_noisy_labels_count_nothing():
    fitted = estimate(np.eye(3), np.arange(3), method=lambda proba, y: T)
    rows = TrustedRows(np.array([T[0], T[1:].mean(axis=0)]), np.array([0, 1]))
    updated = with_trusted(fitted, rows, lambda transition_matrix: None)
    sure = np.outer([1, 0, 0], T[0])  # What the first row alone counts.
    np.testing.assert_allclose(updated.concentration, trusted_posterior(T, sure))
    assert np.abs(updated.concentration - trusted_posterior(T, np.zeros((3, 3)))).max() > 0.1
    np.testing.assert_array_equal(updated.is_trusted, [True, True, False])


def test_few_counts_change_little_and_many_decide():
    wrong = np.full((3, 3), 1 / 3)
    few = trusted_posterior(wrong, np.eye(3)[[0, 2, 1]])  # One of three is right, as T says.
    assert np.abs(mean(few) - wrong).max() < 0.04
    surprising = trusted_posterior(wrong, np.eye(3))
    assert np.abs(mean(surprising) - wrong).max() > 0.08
    many = trusted_posterior(wrong, 5_000 * T)
    np.testing.assert_allclose(mean(many), T, atol=0.01)


def test_strength_follows_how_well_the_estimate_predicts():
    rng = np.random.default_rng(0)
    counts = np.stack([rng.multinomial(500, row) for row in T]).astype(float)
    strengths = [
        trusted_posterior(np.maximum(t, 1e-6), counts).sum() - counts.sum() for t in (T, T[::-1])
    ]
    assert strengths[0] > 20 * strengths[1]


def test_wrong_labels_that_repeat_show_that_each_class_has_its_own():
    K, rng = 20, np.random.default_rng(0)
    even = symmetric_transition_matrix(K, 0.3)
    pairs = 0.7 * np.eye(K) + 0.3 * np.roll(np.eye(K), 1, axis=1)

    def error_after_five_labels_of_each(T):
        counts = np.stack([rng.multinomial(5, row) for row in T]).astype(float)
        return np.abs(mean(trusted_posterior(even, counts)) - T).sum(axis=1).mean()

    assert error_after_five_labels_of_each(pairs) < 0.3 < np.abs(even - pairs).sum(axis=1).mean()
    assert error_after_five_labels_of_each(even) < 0.1


def test_a_label_that_cannot_be_stays_impossible():
    possible = np.array([[True, True, False], [True, True, True], [False, False, True]])
    found = trusted_posterior(np.full((3, 3), 1 / 3), np.eye(3), possible)
    np.testing.assert_array_equal(found > 0, possible)


def test_samples_are_as_unsure_as_the_trusted_labels_leave_a_row():
    fitted = estimate(np.eye(3), np.arange(3), method=lambda proba, y: T)
    rows = of_all(np.eye(3)[:2], np.arange(2), np.arange(2))
    updated = with_trusted(fitted, rows, lambda transition_matrix: None)
    samples = updated.resampled(2000)
    mean_of_row, total = mean(updated.concentration), updated.concentration.sum(axis=1)
    spread = np.sqrt(mean_of_row * (1 - mean_of_row) / (total[:, None] + 1))
    np.testing.assert_allclose(samples[:, :2].std(axis=0), spread[:2], rtol=0.15, atol=1e-3)
    np.testing.assert_allclose(samples[:, 2], np.broadcast_to(T[2], (2000, 3)))


def test_samples_keep_to_a_structure_that_ties_entries():
    y = np.repeat(np.arange(3), 50)
    noisy = corrupt_labels(y, symmetric_transition_matrix(3, 0.3), random_state=0)
    proba = np.eye(3)[y] * 0.6 + 0.4 / 3
    fitted = estimate(proba, noisy, structure="symmetric")
    rows = of_all(proba[::5], y[::5], noisy[::5])
    samples = with_trusted(fitted, rows, lambda transition_matrix: None).resampled(3)
    right, wrong = np.eye(3, dtype=bool), ~np.eye(3, dtype=bool)
    for sample in samples:
        assert max(np.ptp(sample[right]), np.ptp(sample[wrong])) < 1e-6
        assert 0.01 < sample[wrong].mean() < 0.33


def test_labels_of_trusted_rows_are_counted_once():
    fitted = estimate(np.eye(3), np.arange(3), method=lambda proba, y: T)
    counts, classes, n = 100 * T, np.arange(3), np.full(3, 100)
    alone = fitted.with_trusted_counts(counts, classes, n, independent=0.0)
    beside = fitted.with_trusted_counts(counts, classes, n, independent=1.0)
    np.testing.assert_allclose(alone.transition_matrix, mean(counts), atol=0.03)
    assert (np.abs(alone.concentration.sum(axis=1) - n) < 0.25 * n).all()
    assert (beside.concentration.sum(axis=1) > 1.3 * n).all()


def test_no_estimate_is_too_sure_that_there_is_no_noise():
    fitted = estimate(np.eye(3), np.arange(3), method=lambda proba, y: np.eye(3))
    updated = fitted.with_trusted_counts(5 * np.eye(3), np.arange(3), np.full(3, 5), 1.0)
    assert updated.transition_matrix.diagonal().min() > 0.999
    assert 0.9 < updated.interval(0.9, 10)[0].diagonal().max() < 0.99
    assert np.ptp(updated.resampled(20)[:, 0, 0]) > 0.001


def test_rows_chosen_for_improbable_labels_do_not_exchange_rows_of_T():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(3, 0.5), size=900)  # No noise: labels are those of the classes.
    y = (rng.random(900)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    chosen = np.argsort(p[np.arange(900), y])[:60]
    among = ChosenRows(chosen, NoisyRows(p, y, np.ones(900)))
    rows = TrustedRows(p[chosen], y[chosen], among)
    fitted = estimate(p, y, method=lambda proba, y: 0.97 * np.eye(3) + 0.01)
    updated = with_trusted(fitted, rows, lambda transition_matrix: None)
    np.testing.assert_array_equal(updated.order, range(3))
    assert updated.transition_matrix.diagonal().min() > 0.9
