"""From the user's X, y and weights to what a net or T can be fitted on; done once per fit."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
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

from .noise import IndexedRows


class TrainingSet(NamedTuple):
    """Validated rows and labels as 0..K-1."""

    X: Any
    y: NDArray[np.int32]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None  # The user's: how often a row counts; None: once.
    loss_weight: NDArray[np.float64] | None  # Times those of the classes, of mean 1; None: alike.
    kept: NDArray[np.intp] | None  # The rows passed that have a positive weight; None: all.

    @property
    def labels(self) -> NDArray[Any]:
        return self.classes[self.y]


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
    """Check X, y and the weights for `fit`; sets `n_features_in_` and `feature_names_in_`.

    Rows of weight zero are left out before anything looks at them.

    Parameters
    ----------
    estimator : estimator
        The one being fitted.
    X : array-like, sparse matrix, frame or Dataset of n_samples rows
        What the user passed.
    y : array-like of shape (n_samples,), or None for a Dataset that holds its labels
        Noisy labels of any type.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights.
    classes : array-like, default=None
        All labels, where some may be absent from y.
    class_weight : dict, "balanced" or None, default=None
        Factors of the weights.
    reset : bool, default=True
        Whether this is a first fit.

    Raises
    ------
    ValueError
        If there are less than two classes, labels outside `classes`, or no positive weight.
    """
    if isinstance(X, Dataset):
        y = as_labels(dataset_labels(X) if y is None else y)
        y = _check_y(y, estimator=estimator)
        check_consistent_length(X, y)
    else:
        y = None if y is None else as_labels(y)
        X, y = _validate_arrays(estimator, X, y, reset)
    check_classification_targets(y)
    weights, kept = None, None
    if sample_weight is not None:
        weights = _check_weights(sample_weight, X)
        kept = np.flatnonzero(weights)
        if len(kept) < len(weights):
            X, y, weights = take_rows(X, kept), y[kept], weights[kept]
    all_classes, encoded = encode_labels(y, classes)
    loss_weight = weights
    if class_weight is not None:
        factors = _class_factors(class_weight, all_classes, encoded)
        loss_weight = factors if weights is None else weights * factors
    return TrainingSet(X, encoded, all_classes, _unless(weights, 1), _normalised(loss_weight), kept)


def _class_factors(
    class_weight: Any, classes: NDArray[Any], y: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The weight of each row's class."""
    present = np.unique(y)
    factors = np.ones(len(classes))
    factors[present] = compute_class_weight(class_weight, classes=classes[present], y=classes[y])
    return factors[y]


def _unless(weights: NDArray[np.float64] | None, value: float) -> NDArray[np.float64] | None:
    return None if weights is None or (weights == value).all() else weights


def _normalised(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if weights is None or np.ptp(weights) == 0 else weights / weights.mean()


def _validate_arrays(estimator: Any, X: Any, y: Any, reset: bool) -> tuple[Any, NDArray[Any]]:
    if isinstance(X, IndexedRows):  # Checking its rows would copy each as often as it occurs.
        y = _check_y(y, estimator=estimator)
        check_consistent_length(X, y)
        _check_n_features(estimator, X, reset=reset)
        return X, y
    return validate_data(estimator, _as_array(X), y, reset=reset, **ACCEPTED)


def validate_rows(estimator: Any, X: Any) -> Any:
    """Check X for prediction against what `fit` saw."""
    if isinstance(X, Dataset | IndexedRows):
        return X
    return validate_data(estimator, _as_array(X), reset=False, **ACCEPTED)


# Integers, narrow floats and memmaps stay what they are: the loader casts batch by batch.
ACCEPTED: dict[str, Any] = {"accept_sparse": "csr", "dtype": "numeric", "allow_nd": True}


def _as_array(X: Any) -> Any:
    return X.detach().cpu().numpy() if isinstance(X, torch.Tensor) else X


def _check_weights(sample_weight: ArrayLike, X: Any) -> NDArray[np.float64]:
    shape_giver = np.empty((len(X), 0)) if isinstance(X, Dataset) else X  # type: ignore[arg-type]
    weights = _check_sample_weight(
        sample_weight, shape_giver, dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise ValueError("sample_weight must have a positive entry; got only zeros.")
    return weights


def as_labels(y: Any) -> NDArray[Any]:
    """y as an array whose labels are all there and of one type.

    Numbers and booleans in an object array, such as a pandas column with its own types gives,
    become an array of their type.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        What the user passed; another number of dimensions is left to later checks.

    Raises
    ------
    ValueError
        If a label is missing (NaN, None or pandas.NA).
    TypeError
        If there are strings beside labels of another type.

    Examples
    --------
    >>> as_labels(np.array([1, 0, 1], dtype=object))
    array([1, 0, 1])
    """
    labels = np.asarray(_as_array(y))
    if labels.ndim != 1 or labels.dtype.kind not in "fO":
        return labels
    boxed = labels.dtype.kind == "O"
    values = labels.tolist() if boxed else []
    missing = np.array([is_missing(v) for v in values], bool) if boxed else np.isnan(labels)
    if missing.any():
        raise ValueError(
            f"Input y contains NaN or None: {missing.sum()} of {len(labels)} labels are missing, "
            f"the first in row {missing.argmax()}. Leave those rows out of X and y."
        )
    types = {type(value) for value in values}
    if str in types and len(types) > 1:
        names = sorted(kind.__name__ for kind in types)
        raise TypeError(
            f"The labels in y must be of one type; got {', '.join(names)}. Make all of them "
            f"strings, for example."
        )
    unboxed = np.array(values) if types and str not in types else labels
    return unboxed if unboxed.ndim == 1 and unboxed.dtype.kind in "biuf" else labels


def is_missing(value: Any) -> bool:
    """Whether a label or name is NaN, NaT, None or pandas.NA."""
    # pandas.NA does not even say whether it equals itself.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def is_number(value: Any) -> bool:
    """Whether a parameter can be compared with limits."""
    return isinstance(value, Real)


def encode_labels(
    y: NDArray[Any], classes: ArrayLike | None = None
) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The sorted classes and the position of every label among them.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels of any sortable type.
    classes : array-like, default=None
        All labels, where some may be absent from y.

    Raises
    ------
    ValueError
        If a label is not among `classes`, or there is a single class.
    """
    present = np.unique(y)
    if classes is None:
        if len(present) < 2:
            raise ValueError(
                f"A classifier needs samples of at least 2 classes; y holds 1 class, "
                f"{present.tolist()[0]!r}. If others are only absent from this sample, name all "
                f"of them with classes=."
            )
        return present, _positions(y, present)
    all_classes = np.unique(np.asarray(classes))
    unknown = np.setdiff1d(present, all_classes)
    if len(unknown):
        raise ValueError(
            f"y holds labels that are not among classes={all_classes.tolist()}: "
            f"{unknown.tolist()}. Add them to classes."
        )
    if len(all_classes) < 2:
        raise ValueError(f"classes must name at least 2 classes; got {all_classes.tolist()}.")
    return all_classes, _positions(y, all_classes)


def _positions(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int32]:
    """Narrow on purpose: millions of labels that point into few rows should cost little."""
    return np.searchsorted(classes, y).astype(np.int32)


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
