import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from sknoisy.noise import IndexedRows, dilute

X_SMALL = np.arange(24.0).reshape(4, 3, 2)
INDICES = np.array([3, 0, 0, 2, 1], dtype=np.int32)


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        slice(1, 4),
        slice(None, None, -2),
        [4, 0, 0],
        np.array([1, 3]),
        np.array([True, False, True, False, True]),
        np.array([], dtype=int),
    ],
)
@pytest.mark.parametrize("other", [None, np.arange(12).reshape(2, 3, 2) + 100])
def test_a_view_gives_the_rows_that_a_copy_would(key, other):
    indices = INDICES if other is None else np.r_[INDICES[:3], 5, 4]
    stacked = X_SMALL if other is None else np.concatenate([X_SMALL, other])
    view = IndexedRows(X_SMALL, indices, other)
    np.testing.assert_array_equal(view[key], stacked[indices][key])
    assert view[key].dtype == view.dtype == stacked.dtype
    assert view.shape == stacked[indices].shape
    assert len(view) == 5
    assert view.ndim == 3
    np.testing.assert_array_equal(view.to_numpy(), stacked[indices])


def test_a_view_shares_the_data_and_so_does_its_subset():
    X = X_SMALL.copy()
    subset = IndexedRows(X, INDICES).subset([0, 4])
    X[3] = -1
    np.testing.assert_array_equal(subset.to_numpy(), X[[3, 1]])
    assert subset.subset(slice(1, None)).shape == (1, 3, 2)


def test_a_view_is_not_turned_into_an_array_by_accident():
    view = IndexedRows(np.zeros((10, 1000), np.float32), np.zeros(10**6, np.int32))
    with pytest.raises(TypeError, match=r"would take 4 GB.*to_numpy\(\)"):
        np.asarray(view)


def test_a_view_iterates_over_its_rows_and_pickles():
    view = IndexedRows(X_SMALL, INDICES)
    np.testing.assert_array_equal(list(view), X_SMALL[INDICES])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(view))[:], X_SMALL[INDICES])
    assert repr(view) == "IndexedRows(shape=(5, 3, 2), dtype=float64)"


def test_a_view_reads_memory_maps(tmp_path):
    mapped = np.memmap(tmp_path / "X", dtype=np.uint8, mode="w+", shape=(4, 2))
    mapped[:] = np.arange(8).reshape(4, 2)
    np.testing.assert_array_equal(IndexedRows(mapped, INDICES)[1:3], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X_SMALL, [0, 4]), ValueError, r"indices must lie in \[0, 4\).*got 0 to 4"),
        ((X_SMALL, [-1, 0]), ValueError, "got -1 to 0"),
        ((X_SMALL, [0.0]), ValueError, "1-D array of ints; got float64"),
        ((X_SMALL, [0], np.zeros((2, 5))), ValueError, r"shape of those of X, \(3, 2\)"),
        ((pd.DataFrame(np.eye(2)), [0]), TypeError, r"got DataFrame.*X\.to_numpy"),
        (([[1], [2]], [0]), TypeError, "X must be a numpy array; got list"),
    ],
)
def test_bad_views_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        IndexedRows(*arguments)


def test_a_view_of_a_hundred_copies_costs_a_batch():
    X = np.zeros((2000, 784), np.uint8)
    view = IndexedRows(X, dilute(np.arange(2000) % 10, 100, random_state=0).indices)
    tracemalloc.start()
    for start in range(0, len(view), 1024):
        view[start : start + 1024]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 3 * 1024 * 784


def test_rows_that_are_used_must_be_finite_and_others_need_not():
    X = np.array([[1.0, 2.0], [np.nan, 0.0], [3.0, 4.0]])
    IndexedRows(X, [0, 2, 2]).check_finite()
    IndexedRows(np.nan_to_num(X).astype(int), [0, 1]).check_finite()
    with pytest.raises(ValueError, match="Input X contains NaN or infinity: row 1 "):
        IndexedRows(X, [2, 1, 0]).check_finite()
    with pytest.raises(ValueError, match="Input X contains NaN or infinity: row 3 "):
        IndexedRows(X[:1], [0, 3], np.vstack([X[:1], X[:1], [[np.inf, 0.0]]])).check_finite()
