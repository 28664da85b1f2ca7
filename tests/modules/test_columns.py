"""Statistics of columns count weights, and do not depend on the unit."""

import numpy as np
import pytest
from scipy import sparse

from sknoisy.modules import _columns
from sknoisy.modules._columns import (
    location_and_scale,
    sampled,
    sparse_scale,
    weighted_quantiles,
)
from sknoisy.noise import IndexedRows

RNG = np.random.default_rng(0)
EPS = np.finfo(np.float32).eps
X = np.column_stack(
    [
        RNG.normal(3, 2, 401),
        np.where(RNG.uniform(size=401) < 0.1, 5.0, 0.0),  # Few values: its quartiles are the same.
        np.full(401, 7.0),
        np.arange(401),
    ]
)
ONES = np.ones(401)


def test_a_column_has_its_median_and_quartiles_or_its_mean_and_deviation():
    location, scale = location_and_scale(X, ONES, EPS)
    low, middle, high = np.quantile(X[:, [0, 3]], [0.25, 0.5, 0.75], axis=0, method="linear")
    np.testing.assert_allclose(location, [middle[0], X[:, 1].mean(), 7, 200])
    np.testing.assert_allclose(scale[[0, 3]], (high - low) / 1.349)
    np.testing.assert_allclose(scale[1:3], [X[:, 1].std(), np.inf])


def test_a_quantile_between_two_values_is_their_mean():
    values = np.array([[4.0], [1.0], [2.0], [3.0]])
    low, middle = weighted_quantiles(values, np.ones(4), (0.25, 0.5))
    assert (low, middle) == (1.5, 2.5)


@pytest.mark.parametrize("unit", [1e-6, 1e6, 2.0**-40])
def test_statistics_scale_with_the_unit(unit):
    location, scale = location_and_scale(X, ONES, EPS)
    in_units = location_and_scale(X * unit, ONES, EPS)
    np.testing.assert_allclose(in_units, [location * unit, scale * unit], rtol=1e-9)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_a_weight_is_a_number_of_rows(container):
    times = RNG.integers(0, 4, len(X))
    again = np.repeat(X, times, axis=0)
    repeated = location_and_scale(container(again), np.ones(len(again)), EPS)
    for factor in (1, 0.3):
        weighted = location_and_scale(container(X), times * factor, EPS)
        np.testing.assert_allclose(weighted, repeated, rtol=1e-12)
    np.testing.assert_allclose(
        sparse_scale(sparse.csr_array(X), times * 0.3),
        sparse_scale(sparse.csr_array(again), np.ones(len(again))),
    )


def test_blocks_of_columns_and_rows_change_nothing(monkeypatch):
    whole = location_and_scale(X, ONES, EPS)
    monkeypatch.setattr(_columns, "NUMBERS_AT_A_TIME", 500)
    monkeypatch.setattr(_columns, "ROWS_AT_A_TIME", 7)
    np.testing.assert_allclose(location_and_scale(X, ONES, EPS), whole, rtol=1e-12)


def test_of_many_rows_some_say_the_quantiles_and_all_whether_a_column_is_constant(monkeypatch):
    monkeypatch.setattr(_columns, "MAX_ROWS", 100)
    rare = np.zeros((401, 1))
    rare[1] = 1  # Not among the rows that are looked at.
    location, scale = location_and_scale(np.hstack([X, rare]), ONES, EPS)
    assert abs(location[3] - 200) < 5
    np.testing.assert_allclose(scale[4], rare.std())


@pytest.mark.parametrize(("n_columns", "n_rows"), [(10, 20_000), (500, 8388), (5000, 4000)])
def test_of_a_wide_table_fewer_rows_say_the_quantiles(n_columns, n_rows):
    rows = sampled(np.ones(30_000), n_columns)
    assert len(rows) == n_rows
    assert rows[[0, -1]].tolist() == [0, 29_999]


def test_sparse_columns_have_the_size_of_their_entries():
    rows = sparse.csr_array(np.array([[3.0, 0, 0], [0, -2, 0], [4, 0, 0]]))
    np.testing.assert_allclose(sparse_scale(rows, np.ones(3)), [np.sqrt(12.5), 2, np.inf])


def test_rows_of_a_view_are_those_of_its_copy():
    rows = np.arange(len(X)).repeat(2)
    view, copy = IndexedRows(X, rows), X[rows]
    weights = np.ones(len(rows))
    found = location_and_scale(view, weights, EPS)
    np.testing.assert_array_equal(found, location_and_scale(copy, weights, EPS))
