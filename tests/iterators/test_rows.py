"""Rows in the module's type, all at once where they fit."""

import gc
import pickle
import warnings
from weakref import ref

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from sknoisy._iterators import LabelledDataset, RowsDataset, _rows, is_in_memory
from sknoisy._iterators._rows import find_rows

X = np.arange(46, dtype=np.float64).reshape(23, 2)
Y = np.arange(23) % 3
WEIGHT = np.linspace(0.5, 1.5, 23)


def test_bfloat16_is_reached_by_way_of_float32():
    rows = RowsDataset(X, dtype=torch.bfloat16).rows(slice(0, 2))
    assert rows.dtype == torch.bfloat16


def test_labelled_dataset_replaces_the_targets():
    dataset = LabelledDataset(TensorDataset(torch.from_numpy(X), torch.zeros(23)), Y, WEIGHT)
    x, target = dataset[4]
    assert x.tolist() == X[4].tolist()
    assert target["labels"] == Y[4]
    assert target["weight"] == pytest.approx(WEIGHT[4])
    assert find_rows(dataset) is None


@pytest.mark.parametrize("kind", [RowsDataset, LabelledDataset])
def test_targets_are_labels_or_a_dict_of_the_fields_that_there_are(kind):
    def fields_of(**settings):
        target = kind(rows, Y, **settings)[4][1]
        return set(target) if isinstance(target, dict) else target

    rows = X if kind is RowsDataset else TensorDataset(torch.from_numpy(X))
    labels = fields_of()
    assert (labels, labels.dtype) == (Y[4], torch.int64)
    assert fields_of(sample_weight=WEIGHT) == {"labels", "weight"}
    assert fields_of(matrix=Y) == {"labels", "matrix"}
    assert fields_of(with_index=True) == {"labels", "index"}
    everything = {"sample_weight": WEIGHT, "matrix": Y, "with_index": True}
    assert fields_of(**everything) == {"labels", "weight", "matrix", "index"}


def test_labels_are_not_copied_and_weights_have_the_type_of_the_rows():
    y = np.arange(23, dtype=np.int32)
    for dtype in (torch.float64, torch.int64):
        fields = RowsDataset(X, y, WEIGHT, dtype=dtype).targets.fields
        assert np.shares_memory(fields["labels"].numpy(), y)
        assert fields["weight"].dtype == (dtype if dtype.is_floating_point else torch.float32)


def test_what_lies_in_a_file_is_not_loaded_as_a_whole(tmp_path):
    stored = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    stored[:] = X
    assert not is_in_memory(stored)
    assert not is_in_memory(np.asarray(stored)[2:])
    assert is_in_memory(X)
    assert is_in_memory(X[::2])
    assert RowsDataset(np.asarray(stored), Y).resident() is None


def test_read_only_rows_are_resident_and_left_alone():
    rows = X.astype(np.float32)
    rows.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resident = RowsDataset(rows).resident()
    np.testing.assert_array_equal(resident.numpy(), rows)
    resident.zero_()
    assert rows.any()


def test_resident_rows_are_made_once_and_go_with_those_who_use_them():
    rows = RowsDataset(X)
    resident = rows.resident()
    assert rows.resident() is resident
    gone = ref(resident)
    del resident
    gc.collect()
    assert gone() is None
    np.testing.assert_array_equal(rows.resident().numpy(), X)


def test_rows_can_be_sent_to_workers():
    rows = RowsDataset(X, Y)
    resident = rows.resident()
    sent = pickle.loads(pickle.dumps(rows))
    assert torch.equal(sent.row(3), resident[3])
    assert torch.equal(sent.resident(), resident)


@pytest.mark.parametrize(("free", "fits"), [(2 * 23 * 2 * 4, True), (2 * 23 * 2 * 4 - 1, False)])
def test_no_more_than_the_stated_share_of_a_device_is_taken(monkeypatch, free, fits):
    assert _rows.DEVICE_MEMORY_FRACTION == 0.5
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    assert RowsDataset(X, device="cuda:0")._fits() is fits
    assert RowsDataset(X, device="cpu")._fits()


def test_rows_stay_where_they_are_if_the_device_turns_out_to_be_full(monkeypatch):
    def full(self, *args):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(torch.Tensor, "to", full)
    assert RowsDataset(X).resident() is None
