"""The loader hands out what PyTorch's DataLoader would, only faster."""

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.utils.data import DataLoader, Subset, TensorDataset

from sknoisy._iterators import BatchLoader, RowsDataset, make_loader
from sknoisy.noise import IndexedRows

X = np.arange(46, dtype=np.float64).reshape(23, 2)
Y = np.arange(23) % 3
WEIGHT = np.linspace(0.5, 1.5, 23)
MATRIX = np.arange(23) % 4


def batches(loader, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return [*loader, *loader], torch.get_rng_state()


def datasets():
    rows = RowsDataset(X, Y, WEIGHT)
    return {
        "array": rows,
        "no targets but y": RowsDataset(X, Y),
        "all fields": RowsDataset(X, Y, WEIGHT, MATRIX, with_index=True),
        "matrix alone": RowsDataset(X, Y, matrix=MATRIX.astype(np.int8)),
        "subset of all fields": Subset(RowsDataset(X, Y, WEIGHT, MATRIX, with_index=True), [9, 4]),
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
        # Labels, or a dict of the fields that there are: compared with their types and order.
        assert type(own[1]) is type(other[1])
        torch.testing.assert_close(own[1], other[1], rtol=0, atol=0)
    assert torch.equal(our_state, their_state)


@pytest.mark.parametrize("settings", [{}, {"shuffle": True}])
def test_fields_of_a_target_stay_with_their_row(settings):
    rows = RowsDataset(X, Y, WEIGHT, MATRIX, with_index=True)
    (X_batch, target), *_ = BatchLoader(rows, batch_size=10, **settings)
    index = target["index"].numpy()
    np.testing.assert_array_equal(X_batch, X[index])
    np.testing.assert_array_equal(target["labels"], Y[index])
    np.testing.assert_array_equal(target["matrix"], MATRIX[index])
    np.testing.assert_allclose(target["weight"], WEIGHT[index], rtol=1e-6)
    assert {target[name].dtype for name in ("labels", "matrix", "index")} == {torch.int64}


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


def test_rows_that_are_not_resident_come_in_the_same_batches(monkeypatch):
    monkeypatch.setattr(RowsDataset, "resident", lambda self: None)
    for settings in ({}, {"shuffle": True}):
        for (own, _), (other, _) in zip(
            batches(BatchLoader(RowsDataset(X, Y), batch_size=5, **settings))[0],
            batches(DataLoader(RowsDataset(X, Y), batch_size=5, **settings))[0],
            strict=True,
        ):
            assert torch.equal(own, other)


@pytest.mark.parametrize("rows", [X, sparse.csr_array(X)], ids=["resident", "not resident"])
def test_batches_lie_on_the_device_with_their_targets(rows):
    for settings in ({}, {"shuffle": True}):
        loader = BatchLoader(RowsDataset(rows, Y, WEIGHT, device="meta"), batch_size=5, **settings)
        tensors = [tensor for batch, target in loader for tensor in (batch, *target.values())]
        assert {tensor.device.type for tensor in tensors} == {"meta"}
        assert len(tensors) == 15


def test_loaders_of_parts_share_the_resident_rows():
    rows = RowsDataset(X.astype(np.float32), Y)
    one, other = BatchLoader(Subset(rows, [0, 1])), BatchLoader(Subset(rows, [2, 3]))
    assert one._resident is other._resident


def test_make_loader_leaves_everything_else_to_pytorch():
    assert isinstance(make_loader(RowsDataset(X, Y), batch_size=2), BatchLoader)
    assert isinstance(make_loader(RowsDataset(X, Y), batch_size=2, num_workers=0), DataLoader)
    assert isinstance(make_loader(TensorDataset(torch.from_numpy(X)), batch_size=2), DataLoader)


def test_batch_loader_refuses_other_datasets():
    with pytest.raises(TypeError, match="reads a RowsDataset; got TensorDataset"):
        BatchLoader(TensorDataset(torch.zeros(2)))
