"""What several inputs are, and their rows."""

import numpy as np
import pytest
import torch
from scipy import sparse
from skorch.helper import SliceDataset, SliceDict
from torch.utils.data import TensorDataset

from sknoisy._iterators import (
    InputsDataset,
    LabelledDataset,
    SequenceDataset,
    has_several_inputs,
    is_sequence_of_items,
    n_rows_of_inputs,
)

A = np.arange(6.0).reshape(3, 2)
B = np.array([4, 5, 6], dtype=np.int16)
ROW = {"a": A[0], "b": B[0]}


@pytest.mark.parametrize(
    ("X", "several"),
    [
        ({"a": A}, True),
        (SliceDict(a=A), True),
        ((A, B), True),
        ((torch.zeros(3), B), True),
        ([A, B], False),
        (((1.0, 2.0), (3.0, 4.0)), False),
        ((np.float64(1), np.float64(2)), False),
        ((), False),
        (A, False),
        (sparse.dok_matrix(A), False),
    ],
)
def test_dicts_and_tuples_of_arrays_are_several_inputs_and_anything_else_is_rows(X, several):
    assert has_several_inputs(X) == several


@pytest.mark.parametrize(
    ("X", "items"),
    [
        (SliceDataset(TensorDataset(torch.zeros(3, 2), torch.zeros(3))), True),
        ([ROW, ROW], True),
        ([(ROW, 1), (ROW, 0)], True),
        ([(A[0], 1)], True),
        ([(torch.zeros(2), torch.tensor(1))], True),
        ([((A[0], B[0]), 1)], True),
        ([(1.0, 2.0)], False),
        ([(A[0], A[1])], False),
        ([[1.0, 2.0]], False),
        (["a", "b"], False),
        ([], False),
    ],
)
def test_lists_of_items_of_a_dataset_are_told_from_rows(X, items):
    assert is_sequence_of_items(X) == items


def test_rows_of_several_inputs_keep_their_names_and_kinds():
    dataset = LabelledDataset(InputsDataset({"a": A, "b": B, "c": B > 4}), np.array([0, 1, 0]))
    x, label = dataset[1]
    kinds = {"a": torch.float32, "b": torch.int64, "c": torch.bool}
    assert {name: value.dtype for name, value in x.items()} == kinds
    assert (x["a"].tolist(), x["b"].item(), label.item()) == ([2, 3], 5, 1)
    pair, _ = LabelledDataset(InputsDataset((A, B)), np.array([0, 1, 0]), dtype=torch.float64)[2]
    assert [value.dtype for value in pair] == [torch.float64, torch.int64]


@pytest.mark.parametrize("rows", [[(ROW, 1), (ROW, 0)], [ROW, ROW]])
def test_items_of_a_list_are_rows_without_their_labels(rows):
    assert SequenceDataset(rows)[1] == (ROW,)


def test_rows_are_counted_by_the_first_input():
    assert n_rows_of_inputs((A, B)) == n_rows_of_inputs({"b": B}) == 3
    assert len(InputsDataset({"b": B})) == 3
