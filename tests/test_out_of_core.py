"""Rows that stay on disk: memory maps, shards, Arrow, Parquet and Hugging Face datasets."""

import numpy as np
import pytest
from helpers import QUICK, T2, X, Y
from torch.utils.data import Dataset

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator

CLASSIFIER = ForwardCorrectedClassifier(QUICK, transition_matrix=T2, random_state=0)
SHARD = 50


def fitted_proba(rows, y=None):
    return CLASSIFIER.fit(rows, y).predict_proba(X)


class Rows(Dataset):
    """Rows that are read a batch at a time; keeps the sizes of the batches."""

    def __init__(self, read, n_rows, labels):
        self.read = read
        self.n_rows = n_rows
        self.targets = labels
        self.sizes = []

    def __len__(self):
        return self.n_rows

    def __getitem__(self, row):
        return self.__getitems__([row])[0]

    def __getitems__(self, rows):
        self.sizes.append(len(rows))
        return list(zip(self.read(rows), self.targets[rows], strict=True))


@pytest.fixture
def of_dataset():
    """What any Dataset with these rows gives."""

    class Items(Dataset):
        def __len__(self):
            return len(X)

        def __getitem__(self, row):
            return X[row], Y[row]

    return fitted_proba(Items())


def test_a_memory_map_trains_as_the_array(tmp_path):
    np.save(tmp_path / "rows.npy", X)
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.testing.assert_array_equal(fitted_proba(rows, Y), fitted_proba(X, Y))


def test_a_dataset_of_shards_is_read_by_the_batch(tmp_path, of_dataset):
    for start in range(0, len(X), SHARD):
        np.save(tmp_path / f"{start // SHARD}.npy", X[start : start + SHARD])
    n_shards = -(-len(X) // SHARD)
    shards = [np.load(tmp_path / f"{k}.npy", mmap_mode="r") for k in range(n_shards)]
    rows = Rows(lambda rows: [shards[row // SHARD][row % SHARD] for row in rows], len(X), Y)
    np.testing.assert_array_equal(fitted_proba(rows), of_dataset)
    assert rows.sizes.count(64) >= 5 * (len(X) // 64)


def test_rows_of_a_hugging_face_dataset(tmp_path, of_dataset):
    # Not "datasets": a folder of tests has that name.
    pytest.importorskip("datasets.arrow_dataset", reason="datasets is not installed")
    import datasets

    datasets.Dataset.from_dict({"x": X, "label": Y}).save_to_disk(tmp_path)
    stored = datasets.load_from_disk(str(tmp_path)).with_format("numpy")
    rows = Rows(lambda rows: stored[rows]["x"], len(stored), np.asarray(stored["label"]))
    np.testing.assert_array_equal(fitted_proba(rows), of_dataset)


def test_rows_of_an_arrow_file(tmp_path, of_dataset):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = arrow.table({f"x{k}": X[:, k] for k in range(X.shape[1])})
    with arrow.OSFile(str(tmp_path / "rows.arrow"), "wb") as file:
        with arrow.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=SHARD)
    stored = arrow.ipc.open_file(arrow.memory_map(str(tmp_path / "rows.arrow"))).read_all()

    def read(rows):
        return np.column_stack([column.to_numpy() for column in stored.take(rows)])

    np.testing.assert_array_equal(fitted_proba(Rows(read, len(X), Y)), of_dataset)


def test_folds_of_a_dataset_are_read_by_the_batch():
    rows = Rows(lambda rows: X[rows], len(X), Y)
    estimator = TransitionMatrixEstimator(QUICK, method="count", cv=2, random_state=0).fit(rows)
    assert estimator.transition_matrix_.shape == (2, 2)
    assert rows.sizes.count(64) >= 2 * 5


def test_a_parquet_file_becomes_a_memory_map_a_group_of_rows_at_a_time(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({f"x{k}": X[:, k] for k in range(X.shape[1])})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=SHARD)

    stored = parquet.ParquetFile(tmp_path / "rows.parquet")
    shape = stored.metadata.num_rows, stored.metadata.num_columns
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", "w+", "float32", shape)
    done = 0
    for batch in stored.iter_batches(batch_size=SHARD):
        rows[done : done + len(batch)] = np.column_stack([c.to_numpy() for c in batch.columns])
        done += len(batch)
    np.testing.assert_array_equal(fitted_proba(rows, Y), fitted_proba(X, Y))
