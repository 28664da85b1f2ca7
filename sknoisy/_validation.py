"""From the user's X, y and weights to what a net or T can be fitted on; done once per fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse import issparse
from sklearn.utils import (
    _safe_indexing,
    assert_all_finite,
    compute_class_weight,
    get_tags,
    indexable,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_n_features,
    _check_y,
    _num_samples,
    validate_data,
)
from torch.utils.data import Dataset, Subset

from ._checks import check_number, check_weights, describe, naming, refuse_lazy, refuse_paths
from ._fitted import publish
from ._hints import SEE_ERRORS
from ._iterators import (
    InputsDataset,
    SequenceDataset,
    array_of_tensor,
    as_array,
    check_lengths_of_inputs,
    checked_inputs,
    compare_inputs,
    has_several_inputs,
    is_sequence_of_items,
    map_inputs,
    n_rows_of_inputs,
)
from ._labels import (
    as_label_array,
    check_labels,
    check_same_length,
    encode_labels,
    refuse_several_columns,
    sort_classes,
)
from .noise import IndexedRows

Estimator = TypeVar("Estimator")


class TrainingSet(NamedTuple):
    """Validated rows and labels as 0..K-1."""

    X: Any  # As their reader takes them: numbers for a network or trees of ours, else as passed.
    y: NDArray[np.int32]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None  # The user's: how often a row counts; None: once.
    loss_weight: NDArray[np.float64] | None  # Times those of the classes, of mean 1; None: alike.
    kept: NDArray[np.intp] | None  # The rows passed that have a positive weight; None: all.
    n_passed: int
    features: Mapping[str, Any]  # `n_features_in_`, and `feature_names_in_` where there are names.
    are_numbers: bool = True
    passed: Any = None  # Where X holds numbers: the same rows as the user passed them.
    # Rows that share a number share a fold; None: nobody looked yet.
    fold_groups: NDArray[np.intp] | None = None

    @property
    def labels(self) -> NDArray[Any]:
        """The labels as the user writes them."""
        return self.classes[self.y]

    def without_class_weights(self) -> TrainingSet:
        """The same rows, each with the user's weight alone."""
        return self._replace(loss_weight=_normalised(self.sample_weight))

    def as_numbers(self, estimator: Any) -> TrainingSet:
        """The rows for a network or trees of ours; raises if they are not finite numbers."""
        X = self.X if self.are_numbers else _checked_rows(copy.copy(estimator), self.X, reset=True)
        return self._replace(X=X, are_numbers=True, passed=None)

    def as_passed(self) -> TrainingSet:
        """The rows for a classifier of the user's."""
        if not self.are_numbers:
            return self
        return self._replace(X=self.X if self.passed is None else self.passed, are_numbers=False)

    def kept_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of values for all rows passed, those of the rows that are trained on."""
        return values if self.kept is None else values[self.kept]


def validate_training_set(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None = None,
    *,
    classes: ArrayLike | None = None,
    class_weight: Any = None,
    reset: bool = True,
) -> TrainingSet:
    """Check X, y and the weights for `fit`; the estimator stays as it is.

    X becomes an array of finite numbers, unless the estimator hands it to a classifier of the
    user's, see `reads_numbers`: then it stays what it is, and that classifier checks it.
    Rows of weight zero are left out before anything looks at them. `classes` names all labels,
    where some may be absent from y; y is None for a Dataset that holds its labels. `reset` says
    whether this is a first fit. Raises ValueError if there are less than two classes, labels
    outside `classes`, or no positive weight.
    """
    checked = copy.copy(estimator)  # scikit-learn's validation sets attributes.
    if reset:
        publish(checked, {})  # A Dataset has no features: those of an earlier fit must not stay.
    are_numbers = reads_numbers(estimator)
    with naming("X"):
        passed = as_rows(X)
    if isinstance(X, Dataset):
        y = dataset_labels(X) if y is None else y
    elif y is None and get_tags(estimator).target_tags.required:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            f"is None."
        )
    y = _check_y(_one_type(y), estimator=checked)
    with naming("X"):
        X = (_checked_rows if are_numbers else _passed_rows)(checked, passed, reset=reset)
    if not reset:
        _check_shape(X, getattr(estimator, "_sample_shape", None), "X")
    check_same_length(X=range(n_rows(X)), y=y)
    check_classification_targets(y)
    weights, kept, n_passed = None, None, len(y)
    passed = None if passed is X else passed
    if sample_weight is not None:
        weights = check_weights(sample_weight, len(y))
        kept = np.flatnonzero(weights)
        if len(kept) < len(weights):
            X, y, weights = take_rows(X, kept), y[kept], weights[kept]
            passed = None if passed is None else take_rows(passed, kept)
    all_classes, codes = _encode(y, classes)
    loss_weight = weights
    if class_weight is not None:
        factors = _class_factors(class_weight, all_classes, codes)
        loss_weight = factors if weights is None else weights * factors
    names = ("n_features_in_", "feature_names_in_")
    return TrainingSet(
        X,
        codes,
        all_classes,
        None if weights is None or (weights == 1).all() else weights,
        _normalised(loss_weight),
        kept,
        n_passed,
        {
            **{name: getattr(checked, name) for name in names if hasattr(checked, name)},
            "_sample_shape": sample_shape(X) if are_numbers else None,
        },
        are_numbers,
        passed,
    )


def with_features(estimator: Estimator, data: TrainingSet) -> Estimator:
    """A copy that knows the features of the training rows, to check further rows during a fit."""
    copied = copy.copy(estimator)
    publish(copied, data.features)
    return copied


def validate_rows(estimator: Any, X: Any, name: str = "X") -> Any:
    """Check X, which the user calls `name`, for prediction against what `fit` saw.

    As for `validate_training_set`.
    """
    with naming(name):
        X = as_rows(X)
        if not reads_numbers(estimator):
            return X
        X = _checked_rows(estimator, X, reset=False)
    _check_shape(X, getattr(estimator, "_sample_shape", None), name)
    return X


def _check_shape(X: Any, fitted: tuple[int, ...] | None, name: str) -> None:
    """Rows must be shaped as those of `fit`, but images may be of another size.

    Whether the network takes it, that says itself.
    """
    shape = sample_shape(X)
    if shape is None or fitted is None or shape == fitted:
        return
    if not (len(shape) == len(fitted) > 1 and shape[0] == fitted[0]):
        raise ValueError(
            f"{name} must hold rows of shape {fitted}, as in fit; got rows of shape {shape}."
        )


def _check_items(dataset: Any) -> None:
    """Raise unless a Dataset is map-style, not empty, and its first item holds numbers."""
    if not hasattr(dataset, "__len__"):
        raise TypeError(
            f"X must be a map-style Dataset with __len__ and __getitem__; "
            f"{type(dataset).__name__} has no length."
        )
    if len(dataset) == 0:
        raise ValueError("X must hold at least one row; the Dataset is empty.")
    item = dataset[0]
    row = item[0] if isinstance(item, tuple | list) and len(item) else item
    inputs = row.values() if isinstance(row, Mapping) else row if isinstance(row, tuple) else [row]
    if not all(_holds_numbers(values) for values in inputs):
        raise TypeError(
            f"X must be a Dataset of rows, or of pairs (row, label), whose rows are arrays of "
            f"numbers; its first row is {describe(row)}."
        )


def _holds_numbers(values: Any) -> bool:
    try:
        return np.asarray(as_array(values)).dtype.kind in "biuf"
    except (TypeError, ValueError, RuntimeError):
        return isinstance(values, torch.Tensor)  # Of a type that numpy does not know.


def check_features(estimator: Any, X: Any, *, allow_nan: bool) -> None:
    """Raise if X has other features than `fit` saw, or numbers that the classifier cannot read."""
    if hasattr(estimator, "n_features_in_") and not isinstance(X, Dataset | IndexedRows):
        if getattr(X, "ndim", 2) == 1:
            raise ValueError(
                f"Expected 2D array, got 1D array of {len(X)} entries instead. Reshape your data: "
                f"X.reshape(-1, 1) is a column, X.reshape(1, -1) a row."
            )
        validate_data(estimator, X, reset=False, skip_check_array=True)
        if issparse(X) or getattr(getattr(X, "dtype", None), "kind", "") == "f":
            assert_all_finite(X, allow_nan=allow_nan, input_name="X")


def reads_numbers(estimator: Any) -> bool:
    """Whether an estimator of ours reads X itself, instead of handing it to a classifier."""
    return getattr(estimator, "_reads_numbers", True)


# Integers, narrow floats and memmaps stay what they are: the loader casts batch by batch.
ACCEPTED: dict[str, Any] = {"accept_sparse": "csr", "dtype": "numeric", "allow_nd": True}


def _checked_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Finite numbers; the names and the number of features are set or compared."""
    if isinstance(X, Dataset):
        _check_items(X)
        return X
    if isinstance(X, IndexedRows):  # Checking its rows would copy each as often as it occurs.
        _check_n_features(estimator, X, reset=reset)
        X.check_finite()
        return X
    if is_sequence_of_items(X):
        return SequenceDataset(X)
    if has_several_inputs(X):
        return InputsDataset(checked_inputs(estimator, X, reset=reset))
    if not reset:
        compare_inputs(estimator, [])
    refuse_paths(X)
    X = validate_data(estimator, X, reset=reset, **ACCEPTED)
    if X.dtype.kind in "mM":
        raise ValueError(
            "X must hold numbers; got dates or times only. Make numbers of them first, such as "
            "days since the first one."
        )
    if X.dtype.kind == "O":  # A frame with categories, which scikit-learn leaves as they are.
        raise ValueError(
            "X must hold numbers; got columns of other types. Encode them first, with "
            "OneHotEncoder for example, or pass a classifier that reads them as estimator."
            f" {SEE_ERRORS}"
        )
    return X


def _passed_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """The same X; the names and the number of features are set, where it has any."""
    if has_several_inputs(X):
        if not hasattr(X, "shape"):
            raise TypeError(
                f"A {type(X).__name__} of several inputs is for networks; a classifier that is "
                f"given to {type(estimator).__name__} gets X as it is. Pass a network, one table, "
                f"or skorch.helper.SliceDict(**X) if the classifier reads that."
            )
        check_lengths_of_inputs(X)
    elif not isinstance(X, Dataset | IndexedRows) and _num_samples(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    return X


def as_rows(X: Any) -> Any:
    """Tensors as arrays, sparse matrices in a format whose rows can be picked."""
    if isinstance(X, torch.Tensor):
        return as_array(X)
    if isinstance(X, Dataset | IndexedRows) or has_several_inputs(X):
        return X
    refuse_lazy(X)
    return indexable(X)[0]


def _one_type(y: Any) -> NDArray[Any]:
    """Labels of one type, none missing; a single column is left to scikit-learn."""
    y = array_of_tensor(y) if isinstance(y, torch.Tensor) else y
    refuse_several_columns(y)
    labels = as_label_array(y)
    return check_labels(labels) if labels.ndim == 1 and labels.size else labels


def _encode(y: NDArray[Any], classes: ArrayLike | None) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The sorted classes, two at least, and the position of every label among them."""
    codes, all_classes = encode_labels(y, None if classes is None else sort_classes(classes))
    if len(all_classes) < 2:
        raise ValueError(
            f"A classifier needs samples of at least 2 classes; y holds 1 class, "
            f"{all_classes.tolist()[0]!r}. If others are only absent from this sample, name all "
            f"of them with classes=."
        )
    # Narrow on purpose: millions of labels that point into few rows should cost little.
    return all_classes, codes.astype(np.int32)


def _class_factors(
    class_weight: Any, classes: NDArray[Any], y: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The weight of each row's class."""
    if not isinstance(class_weight, Mapping) and not (
        isinstance(class_weight, str) and class_weight == "balanced"
    ):
        raise ValueError(
            f'class_weight must be a dict from labels to weights, "balanced" or None; got '
            f"{describe(class_weight)}."
        )
    if isinstance(class_weight, Mapping):
        for label, weight in class_weight.items():
            check_number(weight, f"class_weight[{label!r}]", "[0, inf)")
    present = np.unique(y)
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight(class_weight, classes=classes[present], y=classes[y])
    if not factors[present].any():
        raise ValueError(f"class_weight must not be zero for every class in y; got {class_weight}.")
    return factors[y]


def _normalised(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if weights is None or np.ptp(weights) == 0 else weights / weights.mean()


def dataset_labels(dataset: Any) -> NDArray[Any]:
    """The labels of a map-style Dataset: its `targets`, or else one pass over its items."""
    _check_items(dataset)
    targets = getattr(dataset, "targets", None)
    if targets is not None and len(targets) == len(dataset):
        return np.asarray(targets)
    item = dataset[0]
    if not (isinstance(item, tuple | list) and len(item) == 2):
        raise ValueError(
            f"Pass y beside a Dataset whose items are not pairs (x, label); its items are of type "
            f"{type(item).__name__}."
        )
    return np.asarray([np.asarray(dataset[row][1]).item() for row in range(len(dataset))])


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """Rows of an array, view, sparse matrix, frame, list, Dataset, or of several inputs."""
    if isinstance(X, IndexedRows):
        return X.subset(rows)
    if has_several_inputs(X) and not hasattr(X, "shape"):
        return map_inputs(lambda values: _safe_indexing(values, rows), X)
    return Subset(X, rows.tolist()) if isinstance(X, Dataset) else _safe_indexing(X, rows)


def n_rows(X: Any) -> int:
    """Number of rows of an array, sparse matrix, frame, list, Dataset, or of several inputs."""
    if has_several_inputs(X) and not hasattr(X, "shape"):
        return n_rows_of_inputs(X)
    return _num_samples(X)


def rows_kind(X: Any) -> str | None:
    """ "sparse" or "table" for rows of numbers in columns; None for images and Datasets."""
    if sparse.issparse(X):
        return "sparse"
    return "table" if hasattr(X, "dtype") and len(X.shape) == 2 else None


def sample_shape(X: Any) -> tuple[int, ...] | None:
    """Shape of one row, for which a Dataset is asked for its first; None if that has none."""
    if hasattr(X, "shape"):
        return tuple(X.shape[1:])
    item = X[0]
    row = item[0] if isinstance(item, tuple | list) else item
    return tuple(row.shape) if hasattr(row, "shape") else None
