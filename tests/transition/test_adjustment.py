"""Scale and shift of logits, by labels of rows that were left out."""

import numpy as np
import pytest
from scipy.special import softmax

from sknoisy._transition import (
    SUREST,
    Adjustment,
    likeliest_adjustment,
    mixed_if_likelier,
)
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

K = 3
T = pair_flip_transition_matrix(K, 0.3)


def noisy_rows(n, seed=0):
    """Clean posteriors, and noisy labels drawn from them through T."""
    rng = np.random.default_rng(seed)
    p = softmax(1.5 * rng.normal(size=(n, K)), axis=1)
    clean = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return p, corrupt_labels(clean, T, random_state=seed)


def found(proba, noisy, penalty=1e-3, weights=None):
    weights = np.ones(len(noisy)) if weights is None else weights
    return likeliest_adjustment(proba, T.T[noisy], weights, np.full(1 + K, penalty))


def test_what_smoothed_and_shifted_posteriors_is_undone_through_t():
    p, noisy = noisy_rows(40_000)
    shift = np.array([0.5, 0.0, -0.5])
    smoothed = softmax(0.5 * np.log(p) + shift, axis=1)
    asked = found(smoothed, noisy)
    assert asked.scale == pytest.approx(2, abs=0.15)
    np.testing.assert_allclose(asked.applied(smoothed), p, atol=0.06)


def test_posteriors_that_are_right_stay():
    p, noisy = noisy_rows(40_000)
    asked = found(p, noisy)
    np.testing.assert_allclose(asked.applied(p), p, atol=0.03)


def test_a_penalty_holds_scale_and_shift():
    p, noisy = noisy_rows(500)
    smoothed = softmax(0.4 * np.log(p), axis=1)
    free, held, fixed = (found(smoothed, noisy, penalty) for penalty in (0.01, 100, 1e8))
    assert 1 < held.scale < free.scale
    assert fixed.scale == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(fixed.shift, 0, atol=1e-4)


def test_a_weight_of_two_is_a_row_twice():
    p, noisy = noisy_rows(200)
    smoothed = softmax(0.6 * np.log(p), axis=1)
    often = np.random.default_rng(1).integers(1, 4, len(p))
    weighted = found(smoothed, noisy, 5.0, often.astype(float))
    repeated = found(smoothed.repeat(often, axis=0), noisy.repeat(often), 5.0)
    assert weighted.scale == pytest.approx(repeated.scale, abs=1e-5)
    np.testing.assert_allclose(weighted.shift, repeated.shift, atol=1e-5)


def test_the_order_of_classes_is_never_turned_round():
    p, noisy = noisy_rows(2000)
    backwards = softmax(-np.log(p), axis=1)
    assert found(backwards, noisy).scale == pytest.approx(0, abs=1e-6)


def test_certain_posteriors_stay_finite():
    asked = Adjustment(2.0, np.array([0.0, 1.0]))
    adjusted = asked.applied(np.array([[1.0, 0.0]]))
    expected = softmax([0.0, 2 * np.log(SUREST) + 1])
    np.testing.assert_allclose(adjusted, [expected])


def test_nothing_near_it_is_likelier_less_the_penalty():
    p, noisy = noisy_rows(500)
    smoothed, penalties = softmax(0.4 * np.log(p), axis=1), np.array([40.0, 10.0, 10.0, 10.0])
    asked = likeliest_adjustment(smoothed, T.T[noisy], np.ones(500), penalties)

    def value(scale, shift):
        adjusted = Adjustment(scale, shift).applied(smoothed)
        moved = np.r_[scale - 1, shift]
        return np.log((adjusted * T.T[noisy]).sum(axis=1)).sum() - penalties @ moved**2 / 2

    best = value(*asked)
    for step in np.concatenate([np.eye(1 + K), -np.eye(1 + K)]) * 0.02:
        assert value(asked.scale + step[0], asked.shift + step[1:]) < best


def test_logits_that_mix_the_classes_are_unmixed_through_t():
    p, noisy = noisy_rows(20_000)
    mixed = softmax(np.log(p) @ (np.eye(K) + 0.4 * np.roll(np.eye(K), 1, axis=1)), axis=1)
    found = mixed_if_likelier(mixed, T.T[noisy], np.ones(len(noisy)))
    assert np.abs(found - p).mean() < 0.25 * np.abs(mixed - p).mean()


def test_posteriors_that_are_right_are_not_mixed():
    for seed in range(10):
        p, noisy = noisy_rows(2000, seed)
        assert mixed_if_likelier(p, T.T[noisy], np.ones(len(noisy))) is p


def test_few_rows_do_not_mix_logits():
    p, noisy = noisy_rows(20_000)
    mixed = softmax(np.log(p) @ (np.eye(K) + np.roll(np.eye(K), 1, axis=1)), axis=1)
    few, enough = ((K + 1) * K * 10 + more for more in (-1, 0))
    for n, is_left in ((few, True), (enough, False)):
        found = mixed_if_likelier(mixed[:n], np.eye(K)[p[:n].argmax(axis=1)], np.ones(n))
        assert np.array_equal(found, mixed[:n]) == is_left
