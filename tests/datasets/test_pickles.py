"""Pickles of arrays are read; those that do more are refused."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from sknoisy.datasets._pickles import load_member, load_object_array, load_pickle

PATH = Path("file")


class Harmful:
    def __reduce__(self):
        return os.getcwd, ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_dicts_of_arrays_and_lists_are_read(protocol):
    content = {"data": np.arange(6).reshape(2, 3), "labels": [1, 2], "n": np.int64(3)}
    read = load_pickle(io.BytesIO(pickle.dumps(content, protocol)), PATH)
    np.testing.assert_array_equal(read["data"], content["data"])
    assert (read["labels"], read["n"]) == ([1, 2], 3)


@pytest.mark.parametrize("core", [b"numpy.core.", b"numpy._core."])
def test_names_of_other_numpy_versions_are_understood(core):
    old = pickle.dumps(np.arange(3), 2)
    for name in (b"numpy._core.", b"numpy.core."):
        old = old.replace(name, core)
    assert load_pickle(io.BytesIO(old), PATH).tolist() == [0, 1, 2]


def test_a_pickle_that_calls_something_is_refused():
    with pytest.raises(ValueError, match=r"it calls (posix|nt)\.getcwd"):
        load_pickle(io.BytesIO(pickle.dumps(Harmful())), PATH)


def test_half_a_pickle_is_an_error():
    content = pickle.dumps(np.arange(100))
    with pytest.raises(ValueError, match="file must hold pickled arrays"):
        load_pickle(io.BytesIO(content[:50]), PATH)


def test_object_arrays_are_read(tmp_path):
    ragged = np.empty(2, dtype=object)
    ragged[:] = [[1], [1, 2]]
    np.savez(tmp_path / "a.npz", x=ragged)
    assert list(load_member(tmp_path / "a.npz", "x")) == [[1], [1, 2]]


def test_an_array_of_numbers_is_not_an_object_array():
    stream = io.BytesIO()
    np.save(stream, np.arange(3))
    stream.seek(0)
    with pytest.raises(ValueError, match="must hold Python objects; got numbers of type int"):
        load_object_array(stream, PATH)
