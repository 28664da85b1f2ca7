"""What fits may be fed with, and what the errors say."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator
from torch.utils.data import Dataset, TensorDataset

from sknoisy._validation import (
    dataset_labels,
    encode_labels,
    sample_shape,
    take_rows,
    validate_rows,
    validate_training_set,
)

X = np.arange(12.0).reshape(6, 2)
Y = np.array(["b", "a", "b", "c", "a", "c"], dtype=object)


def test_labels_become_positions_among_the_sorted_classes():
    data = validate_training_set(BaseEstimator(), X, Y)
    assert data.classes.tolist() == ["a", "b", "c"]
    assert data.y.tolist() == [1, 0, 1, 2, 0, 2]
    assert data.classes[data.y].tolist() == Y.tolist()


@pytest.mark.parametrize(
    "labels",
    [[True, False, True], [-7, 100, 3], ["x", "y", "x"], [1.0, 2.0, 1.0]],
    ids=["boolean", "integers with gaps", "strings", "whole floats"],
)
def test_any_type_of_label_keeps_its_type(labels):
    data = validate_training_set(BaseEstimator(), X[:3], labels)
    assert data.labels.tolist() == labels


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


def test_labels_of_several_types_are_refused():
    labels = np.array(["a", 1, "b", 1, "a", 2.5], dtype=object)
    with pytest.raises(TypeError, match="of one type; got float, int, str"):
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
        (Y, None, ["a", "b"], r"not among classes=\['a', 'b'\]: \['c'\]"),
        (Y, None, ["a"], "not among classes"),
        (["a"] * 6, None, ["a"], "at least 2 classes"),
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
    estimator = BaseEstimator()
    validate_training_set(estimator, torch.from_numpy(X), Y)
    assert estimator.n_features_in_ == 2
    assert isinstance(validate_rows(estimator, torch.from_numpy(X)), np.ndarray)


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


def test_encoding_knows_the_position_among_all_classes():
    _, encoded = encode_labels(np.array([30, 10]), [10, 20, 30])
    assert encoded.tolist() == [2, 0]
