"""Which T are weighed against the identity."""

import numpy as np
import pytest
from posteriors import error, noisy_sample

from sknoisy._transition import _auto, estimate
from sknoisy._transition._directions import (
    counted_direction,
    sparse_direction,
    symmetric_direction,
)
from sknoisy._transition._line import Line
from sknoisy._transition._model_choice import weighed
from sknoisy.noise import pair_flip_transition_matrix, symmetric_transition_matrix

SWAPPED = np.array([[0.7, 0.3, 0.0], [0.26, 0.72, 0.02], [0.02, 0.0, 0.98]])


def test_the_pairs_are_those_of_the_largest_entries_at_their_mean_rate():
    end = sparse_direction(SWAPPED).end
    np.testing.assert_allclose(end, [[0.72, 0.28, 0], [0.28, 0.72, 0], [0, 0, 1]])


def test_rows_may_hold_several_pairs():
    T = np.array([[0.6, 0.2, 0.2, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0.2, 0, 0.8]])
    np.testing.assert_allclose(sparse_direction(T).end, T)


@pytest.mark.parametrize(
    "T",
    [
        np.eye(3),
        symmetric_transition_matrix(3, 0.3),
        [[0.7, 0.3], [0.0, 1.0]],
        [[0.6, 0.4, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]],
        [[0.1, 0.45, 0.45, 0], [0.6, 0.4, 0, 0], [0.6, 0, 0.4, 0], [0.6, 0, 0, 0.4]],
    ],
    ids=["none", "all pairs", "two classes", "rates that differ", "more than all labels"],
)
def test_there_is_none_without_pairs_of_one_rate_and_where_others_are_the_same(T):
    assert sparse_direction(np.array(T)) is None


def test_pairs_that_go_both_ways_cost_less_and_many_classes_more():
    both = sparse_direction(SWAPPED).price
    ring = sparse_direction(pair_flip_transition_matrix(3, 0.3)).price
    assert both < ring < sparse_direction(pair_flip_transition_matrix(6, 0.3)).price
    assert symmetric_direction(3).price == 0


def test_pairs_are_believed_as_far_as_the_features_tell_the_classes():
    def belief(explained):
        """The weight of the line where its likelihood is that of no noise."""
        shares = np.linspace(0, 1, 5)
        told, none = np.full(5, explained), np.zeros(5)
        direction = sparse_direction(SWAPPED)._replace(price=0.0)
        line = Line(direction, shares, 0.2 * shares, none, told, np.eye(3))
        return 1 - weighed(3, [line], (0.0, 1.0)).weights[0]

    assert belief(0.9) > 40 * belief(0.3)


def test_counts_of_further_rows_pay_as_far_as_they_are_of_these():
    """Entries overstate the likelihood only of the labels that they were fitted to."""
    shares, counts = np.linspace(0, 1, 5), 100 * SWAPPED
    T = SWAPPED / SWAPPED.sum(axis=1, keepdims=True)

    def log_odds(share):
        direction = counted_direction(T, True, share)
        line = Line(direction, shares, 0.2 * shares, np.zeros(5), np.full(5, 0.9), counts)
        none = weighed(3, [line], (0.0, 1.0)).weights[0]
        return np.log(1 / none - 1)

    whole = log_odds(0.0) - log_odds(1.0)
    assert whole > 3
    np.testing.assert_allclose(log_odds(0.0) - log_odds(0.5), whole / 2)


def test_the_counted_t_knows_which_share_of_its_rows_the_likelihood_sees(monkeypatch):
    shares = []

    def watched(counted, is_free, share):
        shares.append(share)
        return counted_direction(counted, is_free, share)

    monkeypatch.setattr(_auto, "counted_direction", watched)
    for n_samples in (1000, 2 * _auto.MOST_ROWS):
        estimate(*noisy_sample(n_samples))
    assert shares == [1.0, 0.5]


@pytest.mark.parametrize("seed", range(3))
def test_two_swapped_classes_are_seen(seed):
    T = np.array([[0.6, 0.4, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]])
    proba, y = noisy_sample(1500, transition_matrix=T, seed=seed)
    # Posteriors that were fitted to rows err.
    rng = np.random.default_rng(seed)
    proba = proba * np.exp(0.1 * rng.normal(size=proba.shape))
    proba /= proba.sum(axis=1, keepdims=True)
    assert error(estimate(proba, y).transition_matrix, T) < 0.15
