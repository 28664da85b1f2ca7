"""Whatever a damaged file makes a parser raise, the user reads one error that names the file."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from sknoisy.datasets import _cifar, fetch_cifar10, fetch_imdb
from sknoisy.datasets._damage import reading
from sknoisy.datasets._npz import names_in, read_npz
from sknoisy.datasets._pickles import load_member, load_pickle

PATH = Path("file")


def damaged(content, n_times, seed=0):
    """Copies with some bytes changed, or cut."""
    rng = np.random.default_rng(seed)
    for number in range(n_times):
        changed = bytearray(content)
        for place in rng.integers(len(content), size=1 + number % 4):
            changed[place] = rng.integers(256)
        yield bytes(changed[: rng.integers(len(changed))] if number % 5 == 0 else changed)


def refused(read):
    """Whether it raises, which must be the one error; some changes do no harm."""
    message = None
    try:
        read()
    except ValueError as error:
        message = str(error)
    assert message is None or "file" in message
    return message is not None


# numpy also reports on the side, of arrays that it gave up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_changed_bytes_of_a_pickle_never_raise_anything_else():
    batch = {"data": np.zeros((2, 12), np.uint8), "labels": [1, 2], "names": ["a", "b"]}
    content = pickle.dumps(batch)
    results = [
        refused(lambda content=content: load_pickle(io.BytesIO(content), PATH))
        for content in damaged(content, 400)
    ]
    assert sum(results) > 200


def test_changed_bytes_of_an_npz_file_never_raise_anything_else(tmp_path):
    ragged = np.empty(2, dtype=object)
    ragged[:] = [[1], [1, 2]]
    path = tmp_path / "file.npz"
    np.savez_compressed(path, x=ragged, y=np.arange(2))
    results = []
    for content in damaged(path.read_bytes(), 300):
        path.write_bytes(content)
        results.append(refused(lambda: read_npz(path, ["y"])))
        results.append(refused(lambda: (names_in(path), load_member(path, "x"))))
    assert sum(results) > 200


@pytest.mark.parametrize(
    "batch",
    [
        {"labels": [1]},
        {"data": np.zeros((1, 7), np.uint8), "labels": [1]},
        {"data": np.zeros((1, 3072), np.uint8), "labels": ["a"]},
        {"data": "images", "labels": [1]},
        [1, 2],
        {"data": np.zeros((2, 3072), np.uint8), "labels": [1]},
    ],
    ids=["no images", "short", "text", "no array", "a list", "of two lengths"],
)
def test_pickles_of_something_else_are_refused_without_hashes(tmp_path, batch):
    folder = tmp_path / _cifar.CIFAR10.batch_folder
    folder.mkdir()
    (folder / "test_batch").write_bytes(pickle.dumps(batch))
    with pytest.raises(ValueError, match="must hold images and labels|one label per row"):
        fetch_cifar10(subset="test", data_home=tmp_path, check_hash=False)


def test_reviews_of_something_else_are_refused_without_hashes(tmp_path):
    reviews = np.empty(2, dtype=object)
    reviews[:] = [["a"], None]
    np.savez(tmp_path / "imdb.npz", x_test=reviews, y_test=np.arange(2))
    with pytest.raises(ValueError, match="must hold reviews as lists of word ranks"):
        fetch_imdb(subset="test", data_home=tmp_path, check_hash=False)


def test_what_the_system_says_of_a_file_stays():
    with pytest.raises(FileNotFoundError), reading(PATH, "hold data"):
        PATH.open()
    with pytest.raises(ImportError), reading(PATH, "hold data"):
        raise ImportError("no Pillow")
    with pytest.raises(ValueError, match=r"^file must hold data; .*MemoryError") as caught:
        with reading(PATH, "hold data"):
            raise MemoryError
    assert isinstance(caught.value.__cause__, MemoryError)
