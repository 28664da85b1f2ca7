"""The tag must outlive what a Pipeline does to X."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sknoisy import _carrier

TAG = _carrier.Tag(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array(["no", "yes"]), ("doubt",))
ROWS = np.arange(6.0).reshape(3, 2)
CONTAINERS = {
    "ndarray": ROWS,
    "csr_array": sparse.csr_array(ROWS),
    "csr_matrix": sparse.csr_matrix(ROWS),
    "pandas": pd.DataFrame(ROWS, columns=["a", "b"]),
    "polars": pl.DataFrame(ROWS, schema=["a", "b"]),
}
containers = pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)


def assert_carries_the_tag(X):
    tag = _carrier.read(X)
    np.testing.assert_array_equal(tag.transition_matrix, TAG.transition_matrix)
    np.testing.assert_array_equal(tag.classes, TAG.classes)
    assert tag.doubts == TAG.doubts


@containers
def test_tag_can_be_read_back_and_the_original_has_none(X):
    assert_carries_the_tag(_carrier.attach(X, TAG))
    assert _carrier.read(X) is None


@containers
def test_tag_survives_pickling(X):
    assert_carries_the_tag(pickle.loads(pickle.dumps(_carrier.attach(X, TAG))))


@containers
def test_tag_survives_joblib_as_in_a_pipeline_with_memory(X, tmp_path):
    joblib.dump(_carrier.attach(X, TAG), tmp_path / "X")
    assert_carries_the_tag(joblib.load(tmp_path / "X"))


@containers
def test_tagged_rows_are_the_same_rows(X):
    tagged = _carrier.attach(X, TAG)
    dense = tagged.toarray() if sparse.issparse(tagged) else np.asarray(tagged)
    np.testing.assert_array_equal(dense, ROWS)
    assert isinstance(tagged, type(X))


def test_tag_survives_slicing_of_an_array():
    assert_carries_the_tag(_carrier.attach(ROWS, TAG)[1:])


def test_no_tag_leaves_x_alone():
    assert _carrier.attach(ROWS, None) is ROWS
