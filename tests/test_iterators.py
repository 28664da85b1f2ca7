"""The loader hands out what PyTorch's DataLoader would, only faster."""

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.utils.data import DataLoader, Subset, TensorDataset

from sknoisy._iterators import (
    BatchLoader,
    LabelledDataset,
    RowsDataset,
    find_rows,
    is_in_memory,
    make_loader,
)
from sknoisy.noise import IndexedRows

X = np.arange(46, dtype=np.float64).reshape(23, 2)
Y = np.arange(23) % 3
WEIGHT = np.linspace(0.5, 1.5, 23)


def batches(loader, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return [*loader, *loader], torch.get_rng_state()


def datasets():
    rows = RowsDataset(X, Y, WEIGHT)
    return {
        "array": rows,
        "no targets but y": RowsDataset(X, Y),
        "with index": RowsDataset(X, Y, WEIGHT, with_index=True),
        "subset": Subset(rows, [3, 1, 4, 15, 9, 2, 6]),
        "subset of a subset": Subset(Subset(rows, list(range(1, 20))), [5, 3, 0, 18]),
        "sparse": RowsDataset(sparse.csr_array(X), Y),
        "integers": RowsDataset(X.astype(np.uint16), Y, dtype=torch.int64),
        "view": RowsDataset(IndexedRows(X, np.arange(22, -1, -1)), Y),
    }


@pytest.mark.parametrize("settings", [{}, {"shuffle": True}, {"drop_last": True}])
@pytest.mark.parametrize("name", datasets())
def test_batches_and_random_state_are_those_of_the_dataloader(name, settings):
    dataset = datasets()[name]
    ours, our_state = batches(BatchLoader(dataset, batch_size=5, **settings))
    theirs, their_state = batches(DataLoader(dataset, batch_size=5, **settings))
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        assert own[0].dtype == other[0].dtype
        torch.testing.assert_close(own[0], other[0], rtol=0, atol=0)
        target = own[1] if isinstance(own[1], tuple) else (own[1],)
        expected = other[1] if isinstance(other[1], list) else (other[1],)
        for a, b in zip(target, expected, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert torch.equal(our_state, their_state)


def test_every_row_comes_once_an_epoch():
    loader = BatchLoader(RowsDataset(X, Y), batch_size=4, shuffle=True)
    seen = torch.cat([rows for rows, _ in loader]).numpy()
    np.testing.assert_array_equal(np.sort(seen, axis=0), X)


def test_own_generator_is_used_and_the_global_one_left_alone():
    state = torch.get_rng_state()
    generator = torch.Generator().manual_seed(0)
    list(BatchLoader(RowsDataset(X, Y), batch_size=4, shuffle=True, generator=generator))
    assert torch.equal(torch.get_rng_state(), state)


def test_batches_do_not_share_memory_with_the_users_rows():
    rows = X.astype(np.float32)
    loader = BatchLoader(RowsDataset(rows, Y), batch_size=4)
    for batch, _ in loader:
        batch.zero_()
    np.testing.assert_array_equal(rows, X)
    RowsDataset(rows).rows(slice(0, 4)).zero_()
    np.testing.assert_array_equal(rows, X)


def test_what_lies_in_a_file_is_not_loaded_as_a_whole(tmp_path):
    stored = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    stored[:] = X
    assert not is_in_memory(stored)
    assert not is_in_memory(np.asarray(stored)[2:])
    assert is_in_memory(X)
    assert is_in_memory(X[::2])
    loader = BatchLoader(RowsDataset(np.asarray(stored), Y), batch_size=4)
    assert loader._resident is None
    np.testing.assert_array_equal(torch.cat([rows for rows, _ in loader]).numpy(), X)


def test_bfloat16_is_reached_by_way_of_float32():
    rows = RowsDataset(X, dtype=torch.bfloat16).rows(slice(0, 2))
    assert rows.dtype == torch.bfloat16


def test_make_loader_leaves_everything_else_to_pytorch():
    assert isinstance(make_loader(RowsDataset(X, Y), batch_size=2), BatchLoader)
    assert isinstance(make_loader(RowsDataset(X, Y), batch_size=2, num_workers=0), DataLoader)
    assert isinstance(make_loader(TensorDataset(torch.from_numpy(X)), batch_size=2), DataLoader)


def test_labelled_dataset_replaces_the_targets():
    dataset = LabelledDataset(TensorDataset(torch.from_numpy(X), torch.zeros(23)), Y, WEIGHT)
    x, (label, weight) = dataset[4]
    assert x.tolist() == X[4].tolist()
    assert label == Y[4]
    assert weight == pytest.approx(WEIGHT[4])
    assert find_rows(dataset) is None


def test_batch_loader_refuses_other_datasets():
    with pytest.raises(TypeError, match="reads a RowsDataset; got TensorDataset"):
        BatchLoader(TensorDataset(torch.zeros(2)))
