"""Reviews as rows of one length, from both formats."""

import numpy as np
import pytest

from sknoisy.datasets import fetch_imdb
from sknoisy.datasets._imdb import pad

TRAIN = [[5, 6, 7, 8], [1], [], [9, 2]]
TEST = [[3, 3, 3], [4]]


def write_ragged(path):
    arrays = {}
    for part, reviews in (("train", TRAIN), ("test", TEST)):
        arrays[f"{part}_tokens"] = np.array(sum(reviews, []), dtype=np.uint16)
        arrays[f"{part}_offsets"] = np.cumsum([0, *map(len, reviews)])
        arrays[f"{part}_labels"] = np.arange(len(reviews), dtype=np.int8) % 2
    np.savez(path, **arrays)


def write_keras(path):
    arrays = {}
    for part, reviews in (("train", TRAIN), ("test", TEST)):
        ragged = np.empty(len(reviews), dtype=object)
        ragged[:] = reviews
        arrays |= {f"x_{part}": ragged, f"y_{part}": np.arange(len(reviews)) % 2}
    np.savez(path, **arrays)


@pytest.mark.parametrize("write", [write_ragged, write_keras])
@pytest.mark.parametrize("folder", [".", "imdb"])
def test_both_formats_are_read(tmp_path, write, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    write(tmp_path / folder / "imdb.npz")
    settings = {"vocabulary_size": 8, "max_length": 3, "check_hash": False}
    data = fetch_imdb(subset="all", data_home=tmp_path, **settings)
    assert data.data.tolist() == [[6, 7, 8], [0, 0, 1], [0, 0, 0], [0, 0, 2], [3, 3, 3], [0, 0, 4]]
    assert data.target.tolist() == [0, 1, 0, 1, 0, 1]
    assert (data.data.dtype, data.n_tokens) == (np.int64, 9)
    assert list(data.target_names) == ["negative", "positive"]


def test_the_first_tokens_can_be_kept(tmp_path):
    write_ragged(tmp_path / "imdb.npz")
    data = fetch_imdb(max_length=2, keep="first", data_home=tmp_path)
    assert data.data.tolist() == [[5, 6], [0, 1], [0, 0], [9, 2]]


def test_pad_agrees_with_a_loop():
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, 12, 50)
    tokens = rng.integers(1, 9, lengths.sum())
    offsets = np.cumsum([0, *lengths])
    for keep, part in (("last", slice(-7, None)), ("first", slice(7))):
        rows = [tokens[a:b][part] for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
        expected = [[0] * (7 - len(row)) + row.tolist() for row in rows]
        assert pad(tokens, offsets, 7, keep).tolist() == expected


def test_only_the_file_of_keras_has_a_published_hash(tmp_path):
    write_keras(tmp_path / "imdb.npz")
    with pytest.raises(ValueError, match="published sha256"):
        fetch_imdb(data_home=tmp_path)
    write_ragged(tmp_path / "imdb.npz")
    assert fetch_imdb(data_home=tmp_path).data.shape == (4, 400)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"vocabulary_size": 0}, "vocabulary_size must be at least 1; got 0"),
        ({"max_length": 0}, "max_length must be at least 1; got 0"),
        ({"keep": "middle"}, "keep must be one of 'last', 'first'; got 'middle'"),
        ({"subset": "valid"}, "subset must be one of"),
    ],
)
def test_wrong_arguments_are_errors(tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        fetch_imdb(data_home=tmp_path, **wrong)


@pytest.mark.data
def test_real_imdb(data_home):
    data = fetch_imdb(subset="test", data_home=data_home, download_if_missing=False)
    assert data.data.shape == (25_000, 400)
    assert np.bincount(data.target).tolist() == [12_500, 12_500]
    assert data.data.max() <= 5000
    # Most reviews are shorter than 400 words, and few have fewer than 50.
    lengths = (data.data != 0).sum(axis=1)
    assert 150 < np.median(lengths) < 220
