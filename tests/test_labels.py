"""Labels of any type, and their places among the classes."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sknoisy._labels import (
    MISSING,
    check_classes,
    check_labels,
    encode_known_labels,
    encode_labels,
    is_missing,
    joint_classes,
    refuse_several_columns,
    show_labels,
    sort_classes,
)

TUPLES = np.empty(3, dtype=object)
TUPLES[:] = [(2, "b"), (1, "a"), (2, "b")]


@pytest.mark.parametrize(
    "y",
    [
        np.array([30, 10, 30]),
        np.array([300, -5, 300], dtype=np.int16),
        np.array([2.5, -0.0, 2.5]),
        np.array([True, False, True]),
        np.array(["no", "a long one", "no"]),
        np.array(["no", "a", "no"], dtype=object),
        TUPLES,
    ],
    ids=["int", "int16", "float", "bool", "str", "object", "tuples"],
)
def test_classes_at_the_codes_are_the_labels_again_in_their_type(y):
    codes, classes = encode_labels(y)
    assert codes.tolist() == [1, 0, 1]
    assert classes.dtype == y.dtype
    assert classes[codes].tolist() == y.tolist()


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.array([3, -7, 3], dtype=object), "i"),
        (np.array([True, False, True], dtype=object), "b"),
        (pd.Series([1, 0, 1], dtype="Int64"), "i"),
        (pd.Series(["b", "a", "b"], dtype="string"), "O"),
        (pd.Series(["b", "a", "b"], dtype="category"), "O"),
        ([1.0, 0.5, 1.0], "f"),
    ],
)
def test_boxed_numbers_become_an_array_of_their_type(y, kind):
    assert check_labels(y).dtype.kind == kind
    assert encode_labels(y).codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize("classes", [[30, 10, 20], np.array([30, 10, 20], dtype=object)])
def test_given_classes_keep_their_order_and_may_be_absent(classes):
    codes, known = encode_labels(np.array([20, 30]), classes)
    assert codes.tolist() == [2, 0]
    assert known.tolist() == [30, 10, 20]


def test_classes_take_the_type_of_y_if_it_holds_them_all():
    assert encode_labels(np.array([1, 0], np.int8), [0.0, 1.0]).classes.dtype == np.int8
    assert encode_labels(np.array([1, 0]), [0, 1, 0.5]).classes.tolist() == [0, 1, 0.5]
    assert encode_labels(np.array(["a"]), ["a", "longer"]).classes.tolist() == ["a", "longer"]
    assert encode_labels([1, 0], 3).classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("y", "classes", "label"), [([0, 3], [0, 1], "3"), (["a", "c"], ["a", "b"], "'c'")]
)
def test_a_label_that_is_no_class_is_named(y, classes, label):
    with pytest.raises(ValueError, match=f"votes holds the label {label}, .*Pass classes="):
        encode_labels(y, classes, name="votes")


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, np.nan],
        ["a", "b", None],
        pd.Series(["a", "b", None], dtype="string"),
        pd.Series([1, 0, None], dtype="Int64"),
        pd.Series([True, False, None], dtype="boolean"),
    ],
    ids=["NaN", "None", "pandas strings", "pandas integers", "pandas booleans"],
)
def test_missing_labels_are_counted_and_located(y):
    with pytest.raises(ValueError, match="1 of 3 labels are missing, the first in row 2"):
        check_labels(y)


def test_labels_of_several_types_and_empty_labels_are_refused():
    with pytest.raises(TypeError, match="labels in votes must be of one type; got float, int, str"):
        check_labels(np.array(["a", 1, 2.5], dtype=object), "votes")
    with pytest.raises(ValueError, match="y must hold at least one label; got an empty array"):
        check_labels([])
    with pytest.raises(TypeError, match="do not sort"):
        encode_labels(np.array([1 + 1j, 2], dtype=object))


def test_classes_must_be_distinct_and_few_enough_to_show():
    with pytest.raises(ValueError, match=r"classes must be distinct; got \[1, 0, 1\]"):
        check_classes([1, 0, 1])
    with pytest.raises(ValueError, match=r"1-D array of at least one label; got shape \(1, 2\)"):
        check_classes([[0, 1]])
    assert show_labels(["a", "b"]) == "['a', 'b']"
    assert show_labels(np.arange(12)).endswith("8, 9, ...] (12 classes)")


# %% Some labels known

CLASSES = np.array(["ant", "bee"])


def encode_known(y, n_expected=4):
    return encode_known_labels(
        y, CLASSES, n_expected=n_expected, name="y_trusted", rows_of="X_trusted"
    )


def test_labels_that_are_not_known_are_marked():
    codes = encode_known(["bee", None, np.nan, "ant"])
    assert codes.tolist() == [1, MISSING, MISSING, 0]
    assert codes.dtype == np.intp
    assert encode_known(pd.Series(["bee", pd.NA, pd.NA, "ant"])).tolist() == codes.tolist()
    assert encode_known([None, np.nan, None, None]).tolist() == [MISSING] * 4


@pytest.mark.parametrize("mask", [np.array([True, False]), [True, None]])
def test_a_mask_is_not_taken_for_known_labels(mask):
    settings = {"n_expected": 2, "name": "y_trusted", "rows_of": "X"}
    with pytest.raises(ValueError, match="y_trusted holds True or False, and the classes are num"):
        encode_known_labels(mask, np.array([0, 1]), **settings)
    known = encode_known_labels(mask, np.array([False, True]), **settings)
    assert known[0] == 1


def test_numbers_that_are_equal_are_the_same_class():
    settings = {"n_expected": 3, "name": "y_trusted", "rows_of": "X"}
    codes = encode_known_labels([1.0, np.nan, 0.0], np.array([0, 1]), **settings)
    assert codes.tolist() == [1, MISSING, 0]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["bee"] * 3, r"y_trusted must hold one label per row of X_trusted, 4, .*shape \(3,\)"),
        ([["bee"]] * 4, r"one label per row of X_trusted.*shape \(4, 1\)"),
        (["bee", "wasp", None, None], r"holds 'wasp', which is not among \['ant', 'bee'\]"),
    ],
)
def test_known_labels_that_do_not_fit_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        encode_known(y)


@pytest.mark.parametrize("value", [None, np.nan, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT")])
def test_every_kind_of_missing_value_is_one(value):
    assert is_missing(value) is True


@pytest.mark.parametrize("value", [0, "", "nan", False, -1, np.inf])
def test_falsy_labels_are_not_missing(value):
    assert is_missing(value) is False


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


def test_a_number_of_classes_stands_for_the_first_ones():
    assert check_classes(3).tolist() == [0, 1, 2]


ONE_HOT = np.eye(3, dtype=int)[[0, 1, 2, 1]]
MANY = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (ONE_HOT, r"got one-hot rows of shape \(4, 3\). Pass y.argmax\(axis=1\)"),
        (ONE_HOT.astype(bool).tolist(), r"one-hot rows.*argmax"),
        (pd.DataFrame(ONE_HOT), r"one-hot rows.*argmax"),
        (sparse.csr_array(ONE_HOT), r"one-hot rows.*argmax"),
        (ONE_HOT * 0.7 + 0.1, r"probabilities of shape.*argmax"),
        (MANY, r"several labels in a row.*shape \(4, 3\).*MultiOutputClassifier"),
        (sparse.csr_matrix(MANY), "several labels in a row.*MultiOutputClassifier"),
        ([[0, 1], [2], [], [0]], "several labels in a row.*MultiOutputClassifier"),
        (np.array([["a", "b"], ["b", "b"]]), r"an array of shape \(2, 2\).*sknoisy.annotators"),
    ],
)
def test_one_hot_and_several_labels_are_refused_with_the_way_out(labels, message):
    with pytest.raises(ValueError, match=message):
        check_labels(labels)


def test_a_single_column_is_no_mistake():
    refuse_several_columns(np.array([[0], [1]]))


def test_strings_of_numpy_and_of_python_are_of_one_type():
    labels = np.array([np.str_("a"), "b", np.str_("b")], dtype=object)
    assert encode_labels(labels).codes.tolist() == [0, 1, 1]
    assert encode_labels(labels).classes.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "y",
    [
        [1, "1"],
        ["a", b"a"],
        [True, 2],
        np.array([1, "1"], dtype=object),
        np.array([True, 2], dtype=object),
    ],
    ids=repr,
)
def test_labels_of_several_types_are_never_merged(y):
    with pytest.raises(TypeError, match="The labels in votes must be of one type; got"):
        check_labels(y, "votes")


def test_missing_labels_in_a_list_do_not_become_text():
    for y in (["a", np.nan], ["a", None], [1, None]):
        with pytest.raises(ValueError, match="Input y contains NaN or None: 1 of 2 labels"):
            check_labels(y)


@pytest.mark.parametrize("y", [None, "labels", 3, {"a": 1}, np.eye(2), [[0], [0, 1]]], ids=repr)
def test_what_is_no_column_of_labels_is_described(y):
    with pytest.raises(ValueError, match=r"votes must be a (1d array|1-D array of labels).*; got"):
        check_labels(y, "votes")


def test_labels_are_finite_and_real():
    with pytest.raises(ValueError, match="Input y contains infinity"):
        check_labels([1.0, np.inf])
    with pytest.raises(ValueError, match="Complex data not supported: y must hold"):
        check_labels([1j, 2j])


@pytest.mark.parametrize("classes", [[0, 1, np.nan], [0, None], [0, 0], True, [], [0, "1"], "ab"])
def test_classes_that_are_none_are_refused(classes):
    with pytest.raises((TypeError, ValueError), match="classes"):
        sort_classes(classes)


def test_columns_of_text_and_of_numbers_have_no_joint_classes():
    assert joint_classes(a=np.array([2, 1]), b=np.array([True])).tolist() == [1, 2]
    with pytest.raises(ValueError, match="a and b must hold labels of one type; got int, str"):
        joint_classes(a=np.array([2, 1]), b=np.array(["1"]))


def test_floats_do_not_stand_for_integers_that_they_cannot_tell_apart():
    large = np.array([2**53, 2**53 + 1])
    known = {"n_expected": 2, "name": "y_trusted", "rows_of": "X"}
    codes = encode_known_labels([2**53 + 1, None], large, **known)
    assert codes.tolist() == [1, -1]
    with pytest.raises(ValueError, match="integers beyond 2\\*\\*53 lose digits"):
        encode_known_labels([float(2**53), np.nan], large, **known)
    assert encode_known_labels([3.0, np.nan], np.array([3, 2**53]), **known).tolist() == [0, -1]
