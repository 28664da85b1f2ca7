"""Rows are equal by their content, whatever holds them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy import sparse
from skorch.helper import SliceDataset
from torch.utils.data import Subset, TensorDataset

from sknoisy._equal_rows import equal_rows
from sknoisy._iterators import InputsDataset
from sknoisy.noise import IndexedRows

ROWS = np.random.default_rng(0).integers(3, size=(60, 4)).astype(float)
EXPECTED = [[tuple(row) for row in ROWS].index(tuple(row)) for row in ROWS]


def same_parts(numbers, expected=EXPECTED):
    """Whether two numberings of the rows make the same groups."""
    return len(set(zip(numbers, expected, strict=True))) == len(set(numbers)) == len(set(expected))


@pytest.mark.parametrize(
    "container",
    [
        lambda X: X,
        lambda X: X.astype(np.uint8),
        lambda X: X.astype(np.float16),
        lambda X: X > 0,
        lambda X: X.astype("U3"),
        lambda X: X.astype(object),
        lambda X: X.astype("datetime64[D]"),
        lambda X: X.reshape(len(X), 2, 2),
        np.asfortranarray,
        sparse.csr_array,
        sparse.coo_matrix,
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda X: pd.DataFrame(X, columns=list("abcd")).astype("category"),
        lambda X: pl.DataFrame(X),
        lambda X: IndexedRows(X[30:], np.r_[30:60, 0:30], other=X[:30]),
        lambda X: X.tolist(),
        lambda X: [f"text {row}" for row in X.tolist()],
        lambda X: pd.Series([f"text {row}" for row in X.tolist()]),
        lambda X: np.array([f"text {row}" for row in X.tolist()]),
        lambda X: pd.DataFrame({"of lists": list(X.tolist())}),
        lambda X: {"left": X[:, :1], "right": X[:, 1:]},
        lambda X: (X[:, :1], X[:, 1:]),
        lambda X: InputsDataset((X[:, :1], X[:, 1:])),
        lambda X: TensorDataset(torch.tensor(X), torch.zeros(len(X))),
        lambda X: Subset(TensorDataset(torch.tensor(X)), list(range(len(X)))),
    ],
)
def test_copies_have_the_same_number_in_any_container(container):
    X = container(ROWS)
    expected = EXPECTED
    if isinstance(X, np.ndarray) and X.dtype.kind == "b":
        expected = [[tuple(row) for row in X].index(tuple(row)) for row in X]
    assert same_parts(equal_rows(X).tolist(), expected)


def test_numbers_count_from_zero_in_order_of_appearance():
    assert equal_rows(np.array([[5], [3], [5], [1]])).tolist() == [0, 1, 0, 2]
    assert equal_rows(ROWS[np.unique(EXPECTED)]).tolist() == list(range(len(set(EXPECTED))))


@pytest.mark.parametrize(
    "container",
    [
        np.asarray,
        sparse.csr_array,
        lambda X: X.astype(object),
        lambda X: pd.DataFrame(X),
        lambda X: pl.DataFrame(X),
    ],
)
def test_missing_values_are_equal_and_no_number(container):
    X = container(np.array([[np.nan, 1], [2, np.nan], [np.nan, 1], [0, 1]]))
    assert equal_rows(X).tolist() == [0, 1, 0, 2]


def test_zeros_are_equal_whatever_their_sign_and_whether_they_are_stored():
    assert equal_rows(np.array([[0.0, 1], [-0.0, 1]])).tolist() == [0, 0]
    stored = sparse.csr_array(([0.0, 1, 1], [0, 1, 1], [0, 2, 3]), shape=(2, 2))
    twice = sparse.csr_array(([2.0, 1, 1], [1, 1, 1], [0, 1, 3]), shape=(2, 2))
    data = twice.data.copy()
    assert equal_rows(stored).tolist() == equal_rows(twice).tolist() == [0, 0]
    np.testing.assert_array_equal(twice.data, data)


def test_rows_that_differ_in_one_bit_differ():
    X = np.uint64(1) << np.arange(64, dtype=np.uint64)[:, None]
    assert len(set(equal_rows(X))) == 64
    many = np.random.default_rng(0).integers(2, size=(20_000, 64))
    assert equal_rows(many).tolist() == list(range(20_000))


def test_a_hundred_copies_of_rows_cost_a_look_at_each_once():
    class Counted(np.ndarray):
        looks = 0

        def __getitem__(self, key):
            Counted.looks += len(key)
            return np.asarray(self)[key]

    X = ROWS[np.unique(EXPECTED)]
    view = IndexedRows(X.view(Counted), np.tile(np.arange(len(X)), 100))
    np.testing.assert_array_equal(equal_rows(view), view.indices)
    assert Counted.looks == len(X)


def test_items_of_a_dataset_are_not_read():
    class Files(torch.utils.data.Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, row):
            raise AssertionError("a file was read")

    assert equal_rows(Files()).tolist() == [0, 1, 2]
    assert equal_rows(Subset(Files(), [2, 0, 2])).tolist() == [0, 1, 0]
    assert equal_rows(SliceDataset(Files())).tolist() == [0, 1, 2]
    assert equal_rows(SliceDataset(Files(), indices=[2, 0, 2])).tolist() == [0, 1, 0]
