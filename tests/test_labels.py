import numpy as np
import pandas as pd
import pytest

from sknoisy._labels import check_classes, encode_labels

TUPLES = np.empty(3, dtype=object)
TUPLES[:] = [(0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    "distinct",
    [
        np.array([3, 8, 40]),
        np.array([-1, 0, 7], dtype=np.int8),
        np.array([0.0, 1.0, 2.5]),
        np.array(["cat", "doge", "x"]),
        np.array([b"a", b"bc", b"d"]),
        np.array(["a", "b", "c"], dtype=object),
        TUPLES,
    ],
)
def test_classes_at_the_codes_are_the_labels_again(distinct):
    y = distinct[np.random.default_rng(0).integers(0, 3, 50)]
    codes, classes = encode_labels(y)
    np.testing.assert_array_equal(classes, distinct)
    np.testing.assert_array_equal(classes[codes], y)
    assert classes.dtype == y.dtype


@pytest.mark.parametrize("distinct", [np.array([3, 8, 40]), np.array(["cat", "doge", "x"])])
def test_another_order_of_classes_renumbers_the_codes(distinct):
    codes = np.random.default_rng(0).integers(0, 3, 50)
    order = np.array([2, 0, 1])
    renumbered, classes = encode_labels(distinct[codes], distinct[order])
    np.testing.assert_array_equal(classes, distinct[order])
    np.testing.assert_array_equal(order[renumbered], codes)


@pytest.mark.parametrize("dtype", ["str", "string", "object", "category"])
@pytest.mark.parametrize("as_classes", [list, pd.Series, pd.Index])
def test_series_and_lists_of_strings_have_the_same_codes(dtype, as_classes):
    y = pd.Series(["b", "a", "b"], index=[7, 7, 0], dtype=dtype)
    for labels in (y, y.tolist()):
        codes, classes = encode_labels(labels)
        assert (codes.tolist(), classes.tolist()) == ([1, 0, 1], ["a", "b"])
        codes, classes = encode_labels(labels, as_classes(["c", "b", "a"]))
        assert (codes.tolist(), classes.tolist()) == ([1, 2, 1], ["c", "b", "a"])


@pytest.mark.parametrize(("dtype", "kind"), [("Int64", int), ("boolean", bool), ("Float64", float)])
def test_nullable_numbers_keep_their_kind(dtype, kind):
    codes, classes = encode_labels(pd.Series([1, 0, 1], dtype=dtype))
    assert codes.tolist() == [1, 0, 1]
    assert classes.dtype == kind


def test_a_class_too_large_for_the_type_of_y_widens_it():
    _, classes = encode_labels(np.array([1], np.int8), [1, 1000])
    assert classes.tolist() == [1, 1000]


def test_strings_grow_to_the_longest_of_the_classes():
    codes, classes = encode_labels(["a", "b"], ["a", "b", "zebra"])
    assert classes[codes + 1].tolist() == ["b", "zebra"]


@pytest.mark.parametrize(
    "y",
    [
        [0.0, np.nan],
        np.array(["a", None], dtype=object),
        pd.Series(["a", None], dtype="str"),
        pd.Series(["a", None], dtype="string"),
        pd.Series(["a", None], dtype="category"),
        pd.Series([1, None], dtype="Int64"),
    ],
)
def test_missing_labels_are_refused(y):
    with pytest.raises(ValueError, match="1 of 2 labels are missing, the first in row 1"):
        encode_labels(y)


def test_strings_beside_numbers_are_refused():
    with pytest.raises(TypeError, match="of one type; got int, str"):
        encode_labels(np.array(["a", 1], dtype=object))


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        ([], None, "y must hold at least one label; got an empty array"),
        ([[0, 1], [1, 0]], None, "1d array"),
        ([0, 7], [0, 1], r"the label .*7.*not among the classes \[0, 1\]"),
        (["a", "z"], ["a", "b"], "the label .*'z'.*not among the classes"),
        ([0, 1], ["0", "1"], "not among the classes"),
        ([0, 1], [1, 1], "classes must be distinct"),
        ([0, 1], [[0, 1]], "classes must be a 1-D array"),
        ([0, 1], [], "classes must be a 1-D array of at least one label"),
    ],
)
def test_bad_labels_and_classes_are_refused(y, classes, message):
    with pytest.raises(ValueError, match=message):
        encode_labels(y, classes)


def test_a_number_of_classes_stands_for_the_first_ones():
    assert check_classes(3).tolist() == [0, 1, 2]
