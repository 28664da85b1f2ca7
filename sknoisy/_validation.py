"""From the user's X, y and weights to what a net or T can be fitted on; done once per fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import _safe_indexing, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_n_features,
    _check_sample_weight,
    _check_y,
    check_consistent_length,
    validate_data,
)
from torch.utils.data import Dataset, Subset

from ._fitted import publish
from ._labels import check_labels, encode_labels
from .noise import IndexedRows

Estimator = TypeVar("Estimator")


class TrainingSet(NamedTuple):
    """Validated rows and labels as 0..K-1."""

    X: Any
    y: NDArray[np.int32]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None  # The user's: how often a row counts; None: once.
    loss_weight: NDArray[np.float64] | None  # Times those of the classes, of mean 1; None: alike.
    kept: NDArray[np.intp] | None  # The rows passed that have a positive weight; None: all.
    n_passed: int
    features: Mapping[str, Any]  # `n_features_in_`, and `feature_names_in_` where there are names.

    @property
    def labels(self) -> NDArray[Any]:
        """The labels as the user writes them."""
        return self.classes[self.y]

    def without_class_weights(self) -> TrainingSet:
        """The same rows, each with the user's weight alone."""
        return self._replace(loss_weight=_normalised(self.sample_weight))

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

    Rows of weight zero are left out before anything looks at them. `classes` names all labels,
    where some may be absent from y; y is None for a Dataset that holds its labels. `reset` says
    whether this is a first fit. Raises ValueError if there are less than two classes, labels
    outside `classes`, or no positive weight.
    """
    checked = copy.copy(estimator)  # scikit-learn's validation sets attributes.
    if reset:
        publish(checked, {})  # A Dataset has no features: those of an earlier fit must not stay.
    if isinstance(X, Dataset):
        y = _check_y(_one_type(dataset_labels(X) if y is None else y), estimator=checked)
        check_consistent_length(X, y)
    else:
        y = None if y is None else _one_type(y)
        X, y = _validate_arrays(checked, X, y, reset)
    check_classification_targets(y)
    weights, kept, n_passed = None, None, len(y)
    if sample_weight is not None:
        weights = _check_weights(sample_weight, X)
        kept = np.flatnonzero(weights)
        if len(kept) < len(weights):
            X, y, weights = take_rows(X, kept), y[kept], weights[kept]
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
        {name: getattr(checked, name) for name in names if hasattr(checked, name)},
    )


def with_features(estimator: Estimator, data: TrainingSet) -> Estimator:
    """A copy that knows the features of the training rows, to check further rows during a fit."""
    copied = copy.copy(estimator)
    publish(copied, data.features)
    return copied


def validate_rows(estimator: Any, X: Any) -> Any:
    """Check X for prediction against what `fit` saw."""
    if isinstance(X, Dataset | IndexedRows):
        return X
    return validate_data(estimator, _as_array(X), reset=False, **ACCEPTED)


# Integers, narrow floats and memmaps stay what they are: the loader casts batch by batch.
ACCEPTED: dict[str, Any] = {"accept_sparse": "csr", "dtype": "numeric", "allow_nd": True}


def _validate_arrays(estimator: Any, X: Any, y: Any, reset: bool) -> tuple[Any, NDArray[Any]]:
    if isinstance(X, IndexedRows):  # Checking its rows would copy each as often as it occurs.
        y = _check_y(y, estimator=estimator)
        check_consistent_length(X, y)
        _check_n_features(estimator, X, reset=reset)
        return X, y
    return validate_data(estimator, _as_array(X), y, reset=reset, **ACCEPTED)


def _as_array(X: Any) -> Any:
    """An array, or sparse matrix, of a tensor; anything else as it is."""
    if not isinstance(X, torch.Tensor):
        return X
    if X.is_nested:
        raise ValueError(
            "X is a nested tensor, whose rows may differ in length. Pad them: "
            "torch.nested.to_padded_tensor(X, 0)."
        )
    if X.layout == torch.strided:
        return _numpy_of(X)
    if X.ndim != 2 or X.dense_dim():
        raise ValueError(
            f"A sparse tensor must have shape (n_samples, n_features) and sparse rows and columns; "
            f"got shape {tuple(X.shape)}. Call X.to_dense()."
        )
    entries = X.detach().to_sparse().coalesce()
    values, places = _numpy_of(entries.values()), tuple(_numpy_of(entries.indices()))
    if values.dtype == np.float16:  # Which scipy's sparse matrices do not have.
        values = values.astype(np.float32)
    return sparse.csr_array((values, places), shape=tuple(X.shape))


def _numpy_of(tensor: torch.Tensor) -> NDArray[Any]:
    try:
        return tensor.numpy(force=True)
    except TypeError:  # numpy has no such type: bfloat16, say.
        return tensor.detach().float().numpy(force=True)


def _one_type(y: Any) -> NDArray[Any]:
    """Labels of one type, none missing; another number of dimensions is left to scikit-learn."""
    labels = np.asarray(_numpy_of(y.to_dense()) if isinstance(y, torch.Tensor) else y)
    return check_labels(labels) if labels.ndim == 1 and labels.size else labels


def _encode(y: NDArray[Any], classes: ArrayLike | None) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The sorted classes, two at least, and the position of every label among them."""
    codes, all_classes = encode_labels(y, None if classes is None else np.unique(classes))
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
    present = np.unique(y)
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight(class_weight, classes=classes[present], y=classes[y])
    return factors[y]


def _normalised(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if weights is None or np.ptp(weights) == 0 else weights / weights.mean()


def _check_weights(sample_weight: ArrayLike, X: Any) -> NDArray[np.float64]:
    shape_giver = np.empty((len(X), 0)) if isinstance(X, Dataset) else X  # type: ignore[arg-type]
    weights = _check_sample_weight(
        sample_weight, shape_giver, dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise ValueError("sample_weight must have a positive entry; got only zeros.")
    return weights


def dataset_labels(dataset: Dataset) -> NDArray[Any]:
    """The labels of a map-style Dataset: its `targets`, or else one pass over its items."""
    if not hasattr(dataset, "__len__"):
        raise TypeError(
            f"X must be a map-style Dataset with __len__ and __getitem__; "
            f"{type(dataset).__name__} has no length."
        )
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
    """Rows of an array, view, sparse matrix, frame or Dataset."""
    if isinstance(X, IndexedRows):
        return X.subset(rows)
    return Subset(X, rows.tolist()) if isinstance(X, Dataset) else _safe_indexing(X, rows)


def n_rows(X: Any) -> int:
    """Number of rows of an array, sparse matrix or Dataset."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def sample_shape(X: Any) -> tuple[int, ...] | None:
    """Shape of one row, for which a Dataset is asked for its first; None if that has none."""
    if hasattr(X, "shape"):
        return tuple(X.shape[1:])
    item = X[0]
    row = item[0] if isinstance(item, tuple | list) else item
    return tuple(row.shape) if hasattr(row, "shape") else None
