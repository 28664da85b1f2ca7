"""What fits may be fed with, and what the errors say."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn.base import BaseEstimator
from skorch.helper import SliceDict
from torch.utils.data import Dataset, TensorDataset

from sknoisy._fitted import publish
from sknoisy._iterators import dataset_labels
from sknoisy._validation import (
    n_rows,
    sample_shape,
    take_rows,
    validate_rows,
    validate_training_set,
    with_features,
)
from sknoisy.noise import IndexedRows

X = np.arange(12.0).reshape(6, 2)
Y = np.array(["b", "a", "b", "c", "a", "c"], dtype=object)


def test_labels_become_positions_among_the_sorted_classes():
    data = validate_training_set(BaseEstimator(), X, Y)
    assert data.classes.tolist() == ["a", "b", "c"]
    assert data.y.tolist() == [1, 0, 1, 2, 0, 2]
    assert data.y.dtype == np.int32
    assert data.labels.tolist() == Y.tolist()


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (np.array([3, -7, 3], dtype=object), "i"),
        (np.array([True, False, True], dtype=object), "b"),
        (pd.Series([1, 0, 1], dtype="Int64"), "i"),
        (pd.Series([True, False, True], dtype="boolean"), "b"),
        (torch.tensor([1, 0, 1]), "i"),
    ],
    ids=["objects", "objects that are bool", "pandas integers", "pandas booleans", "tensor"],
)
def test_boxed_numbers_are_labels_of_their_own_type(labels, kind):
    data = validate_training_set(BaseEstimator(), X[:3], labels)
    assert data.classes.dtype.kind == kind
    assert data.y.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 0, np.nan, 0, None],
        ["a", "b", "a", None, "b", np.nan],
        pd.Series(["a", "b", "a", None, "b", None], dtype="string"),
        pd.Series([0, 1, 0, None, 1, None], dtype="Int64"),
        np.array([0, 1, 0, np.nan, 1, np.nan]),
    ],
    ids=["numbers", "strings", "pandas strings", "pandas integers", "floats"],
)
def test_missing_labels_are_counted_and_found(labels):
    with pytest.raises(ValueError, match="2 of 6 labels are missing, the first in row 3. Leave"):
        validate_training_set(BaseEstimator(), X, labels)


def test_rows_of_weight_zero_are_left_out_with_their_classes():
    data = validate_training_set(BaseEstimator(), X, Y, [1, 1, 2, 0, 1, 0])
    assert data.classes.tolist() == ["a", "b"]
    assert data.kept.tolist() == [0, 1, 2, 4]
    np.testing.assert_array_equal(data.X, X[[0, 1, 2, 4]])
    assert data.sample_weight.tolist() == [1, 1, 2, 1]
    np.testing.assert_allclose(data.loss_weight, [0.8, 0.8, 1.6, 0.8])


def test_equal_weights_are_no_weights():
    assert validate_training_set(BaseEstimator(), X, Y, np.full(6, 3.0)).loss_weight is None
    assert validate_training_set(BaseEstimator(), X, Y, np.ones(6)).sample_weight is None


def test_class_weights_reach_the_loss_and_not_the_counts_of_labels():
    data = validate_training_set(BaseEstimator(), X, Y, class_weight={"a": 1, "b": 2, "c": 3})
    assert data.sample_weight is None
    np.testing.assert_allclose(data.loss_weight, [1, 0.5, 1, 1.5, 0.5, 1.5])


def test_classes_may_name_labels_that_are_absent():
    data = validate_training_set(BaseEstimator(), X, Y, classes=["d", "c", "b", "a"])
    assert data.classes.tolist() == ["a", "b", "c", "d"]
    assert data.y.tolist() == [1, 0, 1, 2, 0, 2]


@pytest.mark.parametrize(
    ("labels", "weights", "classes", "message"),
    [
        (["a"] * 6, None, None, "y holds 1 class, 'a'.*name all of them with classes="),
        (
            Y,
            None,
            ["a", "b"],
            r"y holds the label 'c', which is not among the classes \['a', 'b'\]",
        ),
        (Y, None, ["a"], "not among the classes"),
        (["a"] * 6, None, ["a"], "at least 2 classes; y holds 1 class, 'a'"),
        ([0, 1, np.nan, 1, 0, 1], None, None, "NaN"),
        (np.linspace(0, 1, 6), None, None, "continuous"),
        (Y, np.zeros(6), None, "positive|non-zero"),
        (Y, [1, 1, 1, 1, 1, -1], None, "egative"),
        (Y[:5], None, None, "inconsistent numbers of samples"),
        (None, None, None, "requires y"),
    ],
)
def test_bad_labels_and_weights_are_refused(labels, weights, classes, message):
    with pytest.raises(ValueError, match=message):
        validate_training_set(NeedsLabels(), X, labels, weights, classes=classes)


class NeedsLabels(BaseEstimator):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def test_memmap_and_integers_are_not_copied(tmp_path):
    stored = np.memmap(tmp_path / "X", dtype=np.uint8, mode="w+", shape=(6, 1, 4, 4))
    data = validate_training_set(BaseEstimator(), stored, Y)
    assert data.X.dtype == np.uint8
    assert np.shares_memory(data.X, stored)


def test_tensors_are_rows_too():
    rows = torch.from_numpy(X)
    data = validate_training_set(BaseEstimator(), rows, Y)
    np.testing.assert_array_equal(data.X, X)
    estimator = with_features(BaseEstimator(), data)
    assert isinstance(validate_rows(estimator, rows), np.ndarray)


def test_validation_sets_nothing_on_the_estimator_and_says_what_the_features_are():
    estimator = BaseEstimator()
    data = validate_training_set(estimator, pd.DataFrame(X, columns=["a", "b"]), Y)
    assert vars(estimator) == {}
    assert data.features["n_features_in_"] == 2
    assert data.features["feature_names_in_"].tolist() == ["a", "b"]
    informed = with_features(estimator, data)
    assert vars(estimator) == {}
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        validate_rows(informed, pd.DataFrame(X, columns=["b", "c"]))


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (np.zeros((6, 3)), {"n_features_in_": 3, "_sample_shape": (3,)}),
        (IndexedRows(X, np.arange(6)), {"n_features_in_": 2, "_sample_shape": (2,)}),
        (TensorDataset(torch.from_numpy(X)), {"_sample_shape": (2,)}),
    ],
    ids=["array", "view", "Dataset"],
)
def test_features_of_an_earlier_fit_are_forgotten(again, expected):
    estimator = BaseEstimator()
    publish(
        estimator, validate_training_set(estimator, pd.DataFrame(X, columns=["a", "b"]), Y).features
    )
    assert validate_training_set(estimator, again, Y).features == expected
    assert estimator.feature_names_in_.tolist() == ["a", "b"]


def test_a_later_batch_must_have_the_features_of_the_first():
    estimator = with_features(BaseEstimator(), validate_training_set(BaseEstimator(), X, Y))
    features = validate_training_set(estimator, X, Y, reset=False).features
    assert features == {"n_features_in_": 2, "_sample_shape": (2,)}
    for other in (np.zeros((6, 3)), IndexedRows(np.zeros((6, 3)), np.arange(6))):
        with pytest.raises(ValueError, match="X has 3 features, but BaseEstimator is expecting 2"):
            validate_training_set(estimator, other, Y, reset=False)


def test_values_of_all_rows_passed_are_cut_to_the_rows_that_are_kept():
    values = np.arange(6)
    kept = validate_training_set(BaseEstimator(), X, Y, [1, 0, 2, 0, 1, 1])
    assert (kept.n_passed, kept.kept_rows(values).tolist()) == (6, [0, 2, 4, 5])
    assert validate_training_set(BaseEstimator(), X, Y).kept_rows(values) is values


def test_fitted_attributes_are_published_in_the_place_of_earlier_ones():
    class Estimator(BaseEstimator):
        def __init__(self, rate=1):
            self.rate = rate

    estimator = Estimator(rate=2)
    estimator.earlier_, estimator.kept_, estimator._seed, estimator.free = 1, 1, 7, 8
    publish(estimator, {"kept_": 2, "later_": 3})
    expected = {"rate": 2, "_seed": 7, "free": 8, "kept_": 2, "later_": 3}
    assert vars(estimator) == expected


def test_dataset_gives_its_labels():
    dataset = TensorDataset(torch.from_numpy(X), torch.tensor([0, 1, 0, 1, 0, 1]))
    data = validate_training_set(BaseEstimator(), dataset, None)
    assert data.y.tolist() == [0, 1, 0, 1, 0, 1]
    assert len(take_rows(dataset, np.array([0, 2]))) == 2
    assert sample_shape(dataset) == (2,)


def test_dataset_without_labels_asks_for_y():
    class OnlyRows(Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, row):
            return torch.zeros(2)

    with pytest.raises(ValueError, match="Pass y beside a Dataset"):
        dataset_labels(OnlyRows())


def test_dataset_without_length_is_refused():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter([])

    with pytest.raises(TypeError, match="map-style Dataset"):
        dataset_labels(Stream())


ROWS = torch.from_numpy(X) * (torch.from_numpy(X) > 3)


@pytest.mark.parametrize(
    "convert",
    [
        lambda rows: rows.to(torch.bfloat16),
        lambda rows: rows.half().requires_grad_(),
        lambda rows: rows.to_sparse(),
        lambda rows: rows.to_sparse_csc(),
        lambda rows: rows.bfloat16().to_sparse(),
        lambda rows: rows.half().to_sparse(),
    ],
    ids=["bfloat16", "half", "sparse", "sparse columns", "sparse bfloat16", "sparse half"],
)
# PyTorch says of its own sparse tensors that they are new.
@pytest.mark.filterwarnings("ignore:Sparse (CSC|CSR) tensor support is in beta")
def test_tensors_of_any_kind_are_rows(convert):
    data = validate_training_set(BaseEstimator(), convert(ROWS), Y)
    assert sparse.issparse(data.X) == (convert(ROWS).layout != torch.strided)
    dense = data.X.toarray() if sparse.issparse(data.X) else data.X
    np.testing.assert_array_equal(dense, ROWS.numpy())


def test_tensors_that_are_no_rows_are_refused():
    with pytest.raises(ValueError, match=r"sparse rows and columns; got shape \(6, 2, 1\)"):
        validate_training_set(BaseEstimator(), ROWS[:, :, None].to_sparse(), Y)
    with pytest.raises(ValueError, match="sparse rows and columns"):
        validate_training_set(BaseEstimator(), ROWS.to_sparse(1), Y)
    ragged = torch.nested.nested_tensor([torch.ones(2)] * 6, layout=torch.jagged)
    with pytest.raises(ValueError, match="to_padded_tensor"):
        validate_training_set(BaseEstimator(), ragged, Y)


def test_sparse_tensors_are_labels_too():
    data = validate_training_set(BaseEstimator(), X, torch.tensor([0, 1] * 3).to_sparse())
    assert data.y.tolist() == [0, 1] * 3


DATES = pd.DataFrame({"a": pd.date_range("2020", periods=6), "b": pd.date_range("2021", periods=6)})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (DATES, "got dates or times only"),
        (DATES.to_numpy(), "got dates or times only"),
        (DATES - DATES.iloc[0], "got dates or times only"),
        (
            pd.DataFrame({"a": pd.Categorical(list("abcabc")), "b": 1.0}),
            "got columns of other types",
        ),
    ],
    ids=["frame", "array", "differences", "categories"],
)
def test_rows_that_are_no_numbers_are_refused(rows, message):
    with pytest.raises(ValueError, match=f"X must hold numbers; {message}"):
        validate_training_set(BaseEstimator(), rows, Y)


class HandsOn(BaseEstimator):
    _reads_numbers = False


@pytest.mark.parametrize(
    "rows",
    [DATES, list("abcdef"), pd.Series(list("abcdef")), np.full((6, 2), np.nan), SliceDict(a=X)],
    ids=["frame", "list", "Series", "array", "SliceDict"],
)
def test_rows_for_a_classifier_of_the_users_stay_what_they_are(rows):
    data = validate_training_set(HandsOn(), rows, Y)
    assert data.X is rows
    assert validate_rows(HandsOn(), rows) is rows
    some = validate_training_set(HandsOn(), rows, Y, [1, 0, 1, 1, 1, 1]).X
    assert type(some) is type(rows)
    assert n_rows(some) == 5


def test_the_rows_as_passed_are_there_beside_the_numbers():
    frame = pd.DataFrame(X, columns=["a", "b"])
    data = validate_training_set(BaseEstimator(), frame, Y, [1, 0, 1, 1, 1, 1])
    pd.testing.assert_frame_equal(data.as_passed().X, frame.iloc[[0, 2, 3, 4, 5]])
    assert data.as_numbers(BaseEstimator()).X is data.X
    again = data.as_passed().as_numbers(BaseEstimator())
    np.testing.assert_array_equal(again.X, data.X)


@pytest.mark.parametrize("dtype", [object, "category"])
def test_columns_that_hold_no_numbers_are_named(dtype):
    frame = pd.DataFrame({"size": [1.0, 2.0] * 10, "city": ["Paris", "Rome"] * 10})
    frame = frame.astype({"city": dtype})
    with pytest.raises(ValueError, match=r"columns of other types: \['city'\]. Encode them first"):
        validate_training_set(BaseEstimator(), frame, [0, 1] * 10)


def test_text_in_an_array_is_told_from_numbers():
    X = np.array([[1.0, "Paris"], [2.0, "Rome"]] * 10, dtype=object)
    with pytest.raises(ValueError, match="X must hold numbers; got entries of other types"):
        validate_training_set(BaseEstimator(), X, [0, 1] * 10)
