"""From the user's X, y and weights to what a net or T can be fitted on; done once per fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y
from torch.utils.data import Dataset

from .._checks import check_weights, naming
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._iterators import RepeatedRows, dataset_labels, each_once
from .._labels import check_same_length
from .._soft_labels import are_candidates, is_soft
from ._row_access import n_rows, sample_shape, take_rows
from ._targets import class_factors, encode, encode_shares, one_type, read_soft
from ._user_rows import as_rows, check_shape, checked_rows, passed_rows, reads_numbers

Estimator = TypeVar("Estimator")


class TrainingSet(NamedTuple):
    """Validated rows and labels as 0..K-1.

    Soft labels make a row one of each class that has a share of it, with that as weight: X then
    are `RepeatedRows`.
    """

    X: Any  # As their reader takes them: numbers for a network or trees of ours, else as passed.
    y: NDArray[np.int32]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None  # The user's: how often a row counts; None: once.
    # Times those of the classes, and such that the mean row counts 1; None: alike.
    loss_weight: NDArray[np.float64] | None
    # The number of each row among those passed, of which some have no weight; None: the same.
    kept: NDArray[np.intp] | None
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

    @property
    def label_counts(self) -> NDArray[np.float64]:
        """How many rows have each label, by the user's weights."""
        counts = np.bincount(self.y, self.sample_weight, minlength=len(self.classes))
        return counts.astype(np.float64)

    def without_class_weights(self) -> TrainingSet:
        """The same rows, each with the user's weight alone."""
        return self._replace(loss_weight=_normalised(self.sample_weight, self.X))

    def as_numbers(self, estimator: Any) -> TrainingSet:
        """The rows for a network or trees of ours; raises if they are not finite numbers."""
        X = self.X
        if not self.are_numbers:
            X = _as_repeated(X, checked_rows(copy.copy(estimator), each_once(X), reset=True))
        return self._replace(X=X, are_numbers=True, passed=None)

    def as_passed(self) -> TrainingSet:
        """The rows for a user's classifier."""
        if not self.are_numbers:
            return self
        return self._replace(X=self.X if self.passed is None else self.passed, are_numbers=False)

    @property
    def is_soft(self) -> bool:
        """Whether rows have several labels."""
        return isinstance(self.X, RepeatedRows)

    @property
    def has_candidates(self) -> bool:
        """Whether the labels of a row are a set that holds the right one."""
        return isinstance(self.X, RepeatedRows) and self.X.are_candidates

    def once(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of values for all rows, one for each row without its repetitions by soft labels."""
        return values[self.X.first] if isinstance(self.X, RepeatedRows) else values

    def repeated(self, values: NDArray[Any]) -> NDArray[Any]:
        """The reverse of `once`."""
        return values[self.X.rows] if isinstance(self.X, RepeatedRows) else values

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
    Rows of weight zero are left out before anything looks at them. Labels may be soft if the
    estimator says so, by `_takes_soft_labels`, and sets of candidates by `_takes_candidates`.
    `classes` names all labels, where some may be absent from y; y is None for a Dataset that holds
    its labels. `reset` says whether this is a first fit.
    Raises ValueError if there are less than two classes, labels outside `classes`, or
    no positive weight.
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
            f" {SEE_ERRORS}"
        )
    soft, has_candidates = None, False
    if getattr(estimator, "_takes_soft_labels", False) and is_soft(y):
        has_candidates = getattr(estimator, "_takes_candidates", False) and are_candidates(y)
        soft = read_soft(y, classes, has_candidates)
    y = _check_y(one_type(y), estimator=checked) if soft is None else soft.shares
    with naming("X"):
        X = (checked_rows if are_numbers else passed_rows)(checked, passed, reset=reset)
    if not reset:
        check_shape(X, getattr(estimator, "_sample_shape", None), "X")
    check_same_length(X=range(n_rows(X)), y=y)
    if soft is None:
        check_classification_targets(y)
    weights, kept, n_passed = None, None, len(y)
    passed = None if passed is X else passed
    if sample_weight is not None:
        weights = check_weights(sample_weight, len(y))
        kept = np.flatnonzero(weights)
        if len(kept) < len(weights):
            X, y, weights = take_rows(X, kept), y[kept], weights[kept]
            passed = None if passed is None else take_rows(passed, kept)
    shape = sample_shape(X) if are_numbers else None
    shares = None
    if soft is None:
        all_classes, codes = encode(y, classes)
    else:
        all_classes = soft.classes
        rows, codes, shares = encode_shares(y, classes)
        weights = shares if weights is None else shares * weights[rows]
        if len(rows) > len(y):
            X = RepeatedRows(X, rows, are_candidates=has_candidates)
            kept = rows if kept is None else kept[rows]
            passed = None if passed is None else X.with_rows(passed, rows)
    loss_weight = weights
    if class_weight is not None:
        if has_candidates:
            raise ValueError(
                "class_weight is not defined for candidate sets, whose rows have no known class. "
                f"Pass sample_weight, or class_weight=None. {SEE_ERRORS}"
            )
        factors = class_factors(class_weight, all_classes, codes, shares)
        loss_weight = factors if weights is None else weights * factors
    names = ("n_features_in_", "feature_names_in_")
    return TrainingSet(
        X,
        codes,
        all_classes,
        None if weights is None or (weights == 1).all() else weights,
        _normalised(loss_weight, X),
        kept,
        n_passed,
        {
            **{name: getattr(checked, name) for name in names if hasattr(checked, name)},
            "_sample_shape": shape,
        },
        are_numbers,
        passed,
    )


def with_features(estimator: Estimator, data: TrainingSet) -> Estimator:
    """A copy that knows the features of the training rows, to check further rows during a fit."""
    copied = copy.copy(estimator)
    publish(copied, data.features)
    return copied


def _as_repeated(like: Any, X: Any) -> Any:
    return like.with_rows(X, like.rows) if isinstance(like, RepeatedRows) else X


def _normalised(weights: NDArray[np.float64] | None, X: Any) -> NDArray[np.float64] | None:
    """Weights of mean 1; of soft labels those of a row sum to 1 in the mean. None if all are 1."""
    if isinstance(X, RepeatedRows):
        weights = np.ones(len(X)) if weights is None else weights
        return weights * (len(X.first) / weights.sum())
    return None if weights is None or np.ptp(weights) == 0 else weights / weights.mean()
