"""The user's X, checked: finite numbers for a network, or what a user's classifier takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, indexable
from sklearn.utils.validation import _check_n_features, _num_samples, validate_data
from torch.utils.data import Dataset

from .._checks import naming, refuse_lazy, refuse_paths
from .._hints import SEE_ERRORS
from .._iterators import (
    InputsDataset,
    SequenceDataset,
    as_array,
    check_items,
    check_lengths_of_inputs,
    checked_inputs,
    compare_inputs,
    has_several_inputs,
    is_sequence_of_items,
)
from ..noise import IndexedRows
from ._row_access import sample_shape


def validate_rows(estimator: Any, X: Any, name: str = "X") -> Any:
    """Check X, which the user calls `name`, for prediction against what `fit` saw.

    As for `validate_training_set`.
    """
    with naming(name):
        X = as_rows(X)
        if not reads_numbers(estimator):
            return X
        X = checked_rows(estimator, X, reset=False)
    check_shape(X, getattr(estimator, "_sample_shape", None), name)
    return X


def check_shape(X: Any, fitted: tuple[int, ...] | None, name: str) -> None:
    """Rows must be shaped as those of `fit`, but images may be of another size.

    Whether the network takes it, that says itself.
    """
    shape = sample_shape(X)
    if shape is None or fitted is None or shape == fitted:
        return
    if not (len(shape) == len(fitted) > 1 and shape[0] == fitted[0]):
        raise ValueError(
            f"{name} must hold rows of shape {fitted}, as in fit; got rows of shape {shape}."
            f" {SEE_ERRORS}"
        )


def check_features(estimator: Any, X: Any, *, allow_nan: bool) -> None:
    """Raise if X has other features than `fit` saw, or numbers that the classifier cannot read."""
    if hasattr(estimator, "n_features_in_") and not isinstance(X, Dataset | IndexedRows):
        if getattr(X, "ndim", 2) == 1:
            raise ValueError(
                f"Expected 2D array, got 1D array of {len(X)} entries instead. Reshape your data: "
                f"X.reshape(-1, 1) is a column, X.reshape(1, -1) a row."
                f" {SEE_ERRORS}"
            )
        validate_data(estimator, X, reset=False, skip_check_array=True)
        if issparse(X) or getattr(getattr(X, "dtype", None), "kind", "") == "f":
            assert_all_finite(X, allow_nan=allow_nan, input_name="X")


def reads_numbers(estimator: Any) -> bool:
    """Whether an estimator of ours reads X itself, instead of handing it to a classifier."""
    return getattr(estimator, "_reads_numbers", True)


# Integers, narrow floats and memmaps stay what they are: the loader casts batch by batch.
ACCEPTED: dict[str, Any] = {"accept_sparse": "csr", "dtype": "numeric", "allow_nd": True}


def checked_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Finite numbers; the names and the number of features are set or compared."""
    if isinstance(X, Dataset):
        check_items(X)
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
    try:
        checked = validate_data(estimator, X, reset=reset, **ACCEPTED)
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        raise _not_numbers(X) from error
    if checked.dtype.kind in "mM":
        raise ValueError(
            "X must hold numbers; got dates or times only. Make numbers of them first, such as "
            "days since the first one."
            f" {SEE_ERRORS}"
        )
    if checked.dtype.kind == "O":  # A frame with categories, which scikit-learn leaves as they are.
        raise _not_numbers(X)
    return checked


def _not_numbers(X: Any) -> ValueError:
    got = "entries of other types"
    if hasattr(X, "columns"):
        others = [name for name in X.columns if np.asarray(X[name]).dtype.kind in "OUSMm"]
        got = f"columns of other types: {others[:5]}" + (" and more" if len(others) > 5 else "")
    return ValueError(
        f"X must hold numbers; got {got}. Encode them first, in a Pipeline with "
        f"make_column_transformer and OneHotEncoder for example, or pass a classifier that reads "
        f"them as estimator. {SEE_ERRORS}"
    )


def passed_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """The same X; the names and the number of features are set, where it has any."""
    if has_several_inputs(X):
        if not hasattr(X, "shape"):
            raise TypeError(
                f"A {type(X).__name__} of several inputs is for networks; a classifier that is "
                f"given to {type(estimator).__name__} gets X as it is. Pass a network, one table, "
                f"or skorch.helper.SliceDict(**X) if the classifier reads that."
                f" {SEE_ERRORS}"
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
