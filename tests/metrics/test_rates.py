"""Precision, recall and F1 as functions of the table: values and influences."""

import numpy as np
import pytest
from sklearn import metrics

from sknoisy.metrics._cells import Cells, cells_of
from sknoisy.metrics._inputs import check_weights
from sknoisy.metrics._rates import RATES, average_of, per_class, rates_of
from sknoisy.noise import random_transition_matrix

RNG = np.random.RandomState(0)
K = 4
Y = RNG.randint(K, size=300)
PREDICTED = np.where(RNG.uniform(size=300) < 0.7, Y, RNG.randint(K, size=300))
CELLS = cells_of(Y, PREDICTED, check_weights(RNG.uniform(size=300), 300), K)
R = np.linalg.inv(random_transition_matrix(K, noise_rate=0.3, random_state=1))


def test_a_rate_over_nothing_is_zero_and_not_defined():
    cells = cells_of(np.array([0, 1]), np.array([0, 0]), check_weights(None, 2), 3)
    precision, recall = (rates_of(kind, np.eye(3), cells) for kind in ("precision", "recall"))
    assert precision.value.tolist() == [0.5, 0, 0]
    assert precision.defined.tolist() == [True, False, False]
    assert recall.value.tolist() == [1, 0, 0]
    assert recall.defined.tolist() == [True, True, False]


def test_without_noise_the_values_are_those_of_scikit_learn():
    cells = cells_of(Y, PREDICTED, check_weights(None, 300), K)
    expected = metrics.precision_recall_fscore_support(Y, PREDICTED)[:3]
    for kind, values in zip(RATES, expected, strict=True):
        np.testing.assert_allclose(rates_of(kind, np.eye(K), cells).value, values)


@pytest.mark.parametrize("kind", RATES)
def test_the_influence_is_the_derivative_by_the_share_of_a_cell(kind):
    rates, step = rates_of(kind, R, CELLS), 1e-7
    for a in range(K):
        for b in range(K):
            moved = CELLS.share * (1 - step)
            moved[a, b] += step
            moved_rates = rates_of(kind, R, Cells(moved, CELLS.squared_weight))
            slope = (moved_rates.value - rates.value) / step
            influence = rates.rest[a] + rates.direct[a] * (np.arange(K) == b)
            np.testing.assert_allclose(influence, slope, atol=1e-4)


@pytest.mark.parametrize("kind", RATES)
def test_one_class_is_the_mean_with_all_weight_on_it(kind):
    rates = rates_of(kind, R, CELLS)
    by_class = per_class(rates, CELLS)
    for k in range(K):
        mean = average_of(rates, np.eye(K)[k], CELLS)
        assert (mean.value, mean.std) == pytest.approx((by_class.value[k], by_class.std[k]))
