"""Precision, recall and F1 as functions of the table: values and influences."""

import numpy as np
import pytest
from sklearn import metrics

from sknoisy.metrics._cells import Cells, cells_of
from sknoisy.metrics._inputs import check_weights
from sknoisy.metrics._rates import RATES, average_of, per_class, ratio
from sknoisy.noise import random_transition_matrix

RNG = np.random.RandomState(0)
K = 4
Y = RNG.randint(K, size=300)
PREDICTED = np.where(RNG.uniform(size=300) < 0.7, Y, RNG.randint(K, size=300))
CELLS = cells_of(Y, PREDICTED, check_weights(RNG.uniform(size=300), 300), K)
R = np.linalg.inv(random_transition_matrix(K, noise_rate=0.3, random_state=1))


def test_a_ratio_over_nothing_is_zero_and_not_defined():
    value, defined = ratio(np.array([1.0, 1.0, 1.0]), np.array([2.0, 0.0, -1.0]))
    assert value.tolist() == [0.5, 0, 0]
    assert defined.tolist() == [True, False, False]


def test_without_noise_the_values_are_those_of_scikit_learn():
    cells = cells_of(Y, PREDICTED, check_weights(None, 300), K)
    expected = metrics.precision_recall_fscore_support(Y, PREDICTED)[:3]
    for rates, values in zip(RATES.values(), expected, strict=True):
        np.testing.assert_allclose(rates(np.eye(K), cells).value, values)


@pytest.mark.parametrize("kind", RATES)
def test_the_influence_is_the_derivative_by_the_share_of_a_cell(kind):
    rates, step = RATES[kind](R, CELLS), 1e-7
    for a in range(K):
        for b in range(K):
            moved = CELLS.share * (1 - step)
            moved[a, b] += step
            slope = (RATES[kind](R, Cells(moved, CELLS.squared_weight)).value - rates.value) / step
            here = rates.other[a] + rates.own[a] * (np.arange(K) == b)
            np.testing.assert_allclose(here, slope, atol=1e-4)


@pytest.mark.parametrize("kind", RATES)
def test_one_class_is_the_mean_with_all_weight_on_it(kind):
    rates = RATES[kind](R, CELLS)
    values, stds = per_class(rates, CELLS)
    for k in range(K):
        assert average_of(rates, np.eye(K)[k], CELLS) == pytest.approx((values[k], stds[k]))
