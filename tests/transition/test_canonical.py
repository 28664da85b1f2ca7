"""Rows and classes in an order of their own."""

import numpy as np
import pytest

from sknoisy._transition import NoisyRows, canonical_rows


def rows(seed=0, *, n=60, K=4):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(K), size=n).round(1) + 0.01
    return NoisyRows(proba, rng.integers(K, size=n), rng.integers(1, 4, size=n).astype(float))


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first[0], second[0], strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_neither_the_order_of_rows_nor_that_of_classes_matters(seed):
    proba, y, weights = rows(seed)
    rng = np.random.default_rng(seed)
    order, classes = rng.permutation(len(y)), rng.permutation(4)
    other = NoisyRows(proba[order][:, classes], np.argsort(classes)[y[order]], weights[order])
    found, expected = canonical_rows(other), canonical_rows(NoisyRows(proba, y, weights))
    assert same(found, expected)
    np.testing.assert_array_equal(classes[found[1]], expected[1])


def test_copies_add_up_and_rows_of_weight_zero_are_left_out():
    proba, y, weights = rows()
    often = np.repeat(np.arange(len(y)), weights.astype(int))
    copies = NoisyRows(proba[often], y[often], np.ones(len(often)))
    found = canonical_rows(copies)
    assert same(found, canonical_rows(NoisyRows(proba, y, weights)))
    assert len(found[0].y) < len(y)
    assert found[0].weights.sum() == weights.sum()
    more = NoisyRows(np.r_[proba, proba[:9]], np.r_[y, y[:9]], np.r_[weights, np.zeros(9)])
    assert same(canonical_rows(more), found)


def test_copies_that_differ_in_the_last_bits_of_their_posteriors_are_copies():
    proba, y, weights = rows()
    rng = np.random.default_rng(0)
    twice = NoisyRows(np.r_[proba, proba], np.r_[y, y], np.r_[weights, weights])
    nearly = twice.proba * (1 + 1e-16 * rng.normal(size=twice.proba.shape))
    assert (nearly != twice.proba).any()
    assert same(canonical_rows(twice._replace(proba=nearly)), canonical_rows(twice))


def test_classes_alike_in_weight_and_largest_posterior_are_told_apart_by_the_rest():
    proba = np.array([[0.5, 0.5], [0.5, 0.5], [0.3, 0.7], [0.7, 0.3]]) - [[0, 0.0]]
    proba[2:] = [[0.1, 0.4], [0.2, 0.4]]
    found = canonical_rows(NoisyRows(proba, np.array([0, 1, 0, 1]), np.ones(4)))
    other = canonical_rows(NoisyRows(proba[:, ::-1], np.array([1, 0, 1, 0]), np.ones(4)))
    assert same(found, other)
    assert found[1].tolist() == other[1][::-1].tolist() or found[1][0] != other[1][0]


def test_rows_beyond_the_labels_stay_without_one():
    proba, y, weights = rows()
    found, _ = canonical_rows(NoisyRows(proba, y[:20], weights))
    assert (found.y == -1).any()
    assert found.weights.sum() == weights.sum()


def test_nothing_that_is_passed_is_written_to():
    proba, y, weights = rows()
    for part in (proba, y, weights):
        part.flags.writeable = False
    canonical_rows(NoisyRows(proba, y, weights))
