"""The default estimate chooses well without clean labels."""

import numpy as np
import pytest
from posteriors import T, error, noisy_sample

from sknoisy._transition import auto_transition_matrix, count_transition_matrix
from sknoisy._transition._selection import among_seen, best_estimate
from sknoisy.noise import symmetric_transition_matrix

BEYOND = np.array([[0.4, 0.6, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize("power", [0.3, 1, 5])
def test_neither_overconfidence_nor_softness_hurts(power):
    proba, y = noisy_sample(6_000, sharp=4.0)
    distorted = proba**power / (proba**power).sum(axis=1, keepdims=True)
    assert error(auto_transition_matrix(distorted, y), T) < 0.1


def test_rare_class_is_estimated_too():
    proba, y = noisy_sample(6_000, prior=(0.05, 0.35, 0.6))
    assert error(auto_transition_matrix(proba, y), T) < 0.12


def test_symmetric_noise_is_found_better_than_by_plain_counts():
    true = symmetric_transition_matrix(4, 0.2)
    errors = []
    for seed in range(5):
        proba, y = noisy_sample(
            1_000, transition_matrix=true, prior=np.full(4, 1 / 4), sharp=4.0, seed=seed
        )
        errors.append(
            [error(f(proba, y), true) for f in (auto_transition_matrix, count_transition_matrix)]
        )
    auto, count = np.mean(errors, axis=0)
    assert auto < 0.7 * count


def test_rows_are_found_up_to_their_order_beyond_diagonal_dominance():
    proba, y = noisy_sample(6_000, transition_matrix=BEYOND)
    assert error(auto_transition_matrix(proba, y), BEYOND) < 0.1
    assert error(count_transition_matrix(proba, y), BEYOND) > 0.3


def test_same_rows_give_the_same_t_whatever_the_seed_of_numpy():
    proba, y = noisy_sample(1_000)
    first = auto_transition_matrix(proba, y)
    np.random.default_rng(5).random(3)
    np.testing.assert_array_equal(auto_transition_matrix(proba, y), first)


def test_losses_name_every_candidate():
    proba, y = noisy_sample(1_000)
    found = best_estimate(proba, y)
    assert {"start count", "start clusters", "share 0.3"} <= set(found.losses)
    np.testing.assert_allclose(found.share_weights.sum(), 1)


def test_posteriors_among_seen_classes_sum_to_one_even_where_they_were_zero():
    found = among_seen(np.array([[0.0, 1.0, 0.0], [0.2, 0.6, 0.2]]), np.array([True, False, True]))
    np.testing.assert_allclose(found, 0.5)
