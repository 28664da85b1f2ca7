"""MNIST and Fashion-MNIST from small files of the same format, and from the real ones."""

import gzip

import numpy as np
import pytest

from sknoisy.datasets import fetch_fashion_mnist, fetch_mnist
from sknoisy.datasets._mnist import read_idx


def idx(array, kind=8):
    header = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes()
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def write_files(folder, n_train=12, n_test=5):
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).integers(0, 256, (n_train + n_test, 28, 28))
    labels = np.arange(n_train + n_test) % 10
    for part, rows in (("train", slice(n_train)), ("t10k", slice(n_train, None))):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(idx(images[rows]))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx(labels[rows]))
    return images, labels


@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
def test_files_that_are_there_are_read(tmp_path, folder):
    images, labels = write_files(tmp_path / folder)
    data = fetch_mnist(subset="all", data_home=tmp_path, check_hash=False)
    assert (data.data.dtype, data.target.dtype) == (np.uint8, np.int64)
    np.testing.assert_array_equal(data.data[:, 0], images)
    np.testing.assert_array_equal(data.target, labels)
    assert data.target_names[3] == "3"
    assert "LeCun" in data.DESCR
    data.data[0] = 0  # The arrays are the user's own.


def test_train_and_test(tmp_path):
    write_files(tmp_path)
    settings = {"data_home": tmp_path, "check_hash": False, "return_X_y": True}
    assert fetch_mnist(**settings)[0].shape == (12, 1, 28, 28)
    assert fetch_mnist(subset="test", **settings)[1].shape == (5,)


def test_files_of_fashion_mnist_are_not_taken_for_those_of_mnist(tmp_path):
    write_files(tmp_path / "fashion_mnist")
    assert len(fetch_fashion_mnist(data_home=tmp_path, check_hash=False).data) == 12
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte.gz must be in one of"):
        fetch_mnist(data_home=tmp_path, check_hash=False, download_if_missing=False)


@pytest.mark.parametrize("fetch", [fetch_mnist, fetch_fashion_mnist])
def test_files_that_are_not_the_published_ones_are_refused(tmp_path, fetch):
    write_files(tmp_path / fetch.__name__.removeprefix("fetch_"))
    with pytest.raises(ValueError, match="published md5"):
        fetch(data_home=tmp_path)


def test_an_unknown_subset_is_an_error_before_anything_else(tmp_path):
    with pytest.raises(ValueError, match="subset must be one of"):
        fetch_mnist(subset="valid", data_home=tmp_path / "none")


@pytest.mark.parametrize(
    "content",
    [
        idx(np.zeros((3, 2)))[:-9],
        gzip.compress(gzip.decompress(idx(np.zeros((3, 2))))[:-1]),
        idx(np.zeros(3), kind=13),
        gzip.compress(b""),
        b"an error page",
        b"",
    ],
    ids=["cut", "short", "floats", "empty", "no gzip", "nothing"],
)
def test_a_damaged_file_is_an_error(tmp_path, content):
    path = tmp_path / "a.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="must be a gzipped IDX file"):
        read_idx(path)


@pytest.mark.data
def test_real_mnist(data_home):
    data = fetch_mnist(subset="all", data_home=data_home, download_if_missing=False)
    assert data.data.shape == (70_000, 1, 28, 28)
    assert np.bincount(data.target[:60_000])[[0, 9]].tolist() == [5923, 5949]
    assert data.target[:5].tolist() == [5, 0, 4, 1, 9]
    assert data.data[:60_000].mean() / 255 == pytest.approx(0.1307, abs=5e-5)
