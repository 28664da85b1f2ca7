import numpy as np
import pandas as pd
import polars as pl
import pytest

from sknoisy.annotators._votes import encode_votes

GAPS = {
    "NaN": ([[0.0, 2.0], [np.nan, 1.0], [1.0, np.nan]], None),
    "None": ([[0, 2], [None, 1], [1, None]], None),
    "pandas.NA": (pd.DataFrame([[0, 2], [pd.NA, 1], [1, pd.NA]], dtype="Int64"), None),
    "pandas NaN": (pd.DataFrame({"ann": [0, np.nan, 1], "bob": [2, 1, np.nan]}), None),
    "polars": (pl.DataFrame({"ann": [0, None, 1], "bob": [2, 1, None]}), None),
    "-1": (np.array([[0, 2], [-1, 1], [1, -1]]), -1),
    "-1 among objects": (np.array([[0, 2], [-1, 1], [1, None]], dtype=object), -1),
}


@pytest.mark.parametrize(("y", "missing_label"), GAPS.values(), ids=GAPS)
def test_gaps_are_found_however_they_are_written(y, missing_label):
    votes = encode_votes(y, missing_label=missing_label)
    assert votes.classes.tolist() == [0, 1, 2]
    assert votes.classes.dtype.kind == "i"
    assert list(zip(votes.row, votes.annotator, votes.label, strict=True)) == [
        (0, 0, 0),
        (0, 1, 2),
        (1, 1, 1),
        (2, 0, 1),
    ]
    assert votes.n_labels.tolist() == [2, 2]
    assert votes.n_labels_by_row.tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("y", "missing_label"),
    [
        ([["cat", None], ["dog", "cat"]], None),
        (np.array([["cat", ""], ["dog", "cat"]]), ""),
        (pd.DataFrame([["cat", np.nan], ["dog", "cat"]]), None),
        (pd.DataFrame([["cat", pd.NA], ["dog", "cat"]], dtype="string"), None),
        (pd.DataFrame([["cat", None], ["dog", "cat"]], dtype="category"), None),
    ],
)
def test_labels_may_be_strings(y, missing_label):
    votes = encode_votes(y, missing_label=missing_label)
    assert votes.classes.tolist() == ["cat", "dog"]
    assert votes.label.tolist() == [0, 1, 0]


def test_annotators_have_the_names_of_the_columns():
    assert encode_votes(GAPS["polars"][0]).annotators.tolist() == ["ann", "bob"]
    assert encode_votes(GAPS["NaN"][0]).annotators.tolist() == [0, 1]


def test_what_is_given_is_not_changed():
    y = np.array([[0, -1], [1, 0]], dtype=object)
    before = y.copy()
    encode_votes(y, missing_label=-1)
    assert (y == before).all()


def test_votes_overlap_rarely_unless_half_of_the_rows_have_two_labels():
    gap = np.nan
    assert encode_votes([[0, gap], [1, gap], [0, 1], [gap, gap]]).rarely_overlap
    assert not encode_votes([[0, gap], [0, 1], [gap, gap]]).rarely_overlap


def test_a_subset_numbers_its_rows_from_zero():
    votes = encode_votes([[0, 1], [1, 1], [np.nan, 0]]).subset(np.array([2, 0]))
    assert votes.n_rows == 2
    assert sorted(zip(votes.row, votes.label, strict=True)) == [(0, 0), (1, 0), (1, 1)]


def test_indicator_and_shares_hold_the_votes():
    votes = encode_votes([[0, 1, 1], [1, np.nan, np.nan], [np.nan] * 3])
    assert votes.indicator().toarray().tolist() == [
        [1, 0, 0, 1, 0, 1],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    np.testing.assert_allclose(votes.shares(), [[1 / 3, 2 / 3], [0, 1], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "requires y to be passed"),
        ([0, 1, 1], r"shape \(n_samples, n_annotators\).*groups"),
        ([[np.nan], [np.nan]], "all entries are missing"),
        ([[0.0, np.inf]], "infinity"),
        ([[1, 1], [1, 1]], "at least 2 classes; got 1 class, 1"),
        ([[1 + 1j, 1]], "Complex data not supported"),
        ([[0, -1], [1, 2]], "missing_label=-1"),
    ],
)
def test_what_is_no_table_of_labels_is_explained(y, message):
    with pytest.raises(ValueError, match=message):
        encode_votes(y)


def test_minus_one_is_a_class_where_it_is_said_to_be_or_beside_one():
    assert encode_votes([[1, -1], [1, 1]]).classes.tolist() == [-1, 1]
    assert encode_votes([[0, -1], [1, 2]], classes=[-1, 0, 1, 2]).label.tolist() == [1, 0, 2, 3]


def test_label_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match="not among the classes"):
        encode_votes([[0, 3], [1, 2]], classes=[0, 1, 2])
