"""Trusted labels on their way through a corrected classifier: to T, to training, to fine-tuning."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from torch.utils.data import ConcatDataset, Dataset

from .._iterators import is_in_memory
from .._labels import MISSING, encode_known_labels
from .._validation import TrainingSet, n_rows, take_rows, validate_rows
from ..noise import IndexedRows
from ._row_matrices import RowMatrices


class TrustedLabels(NamedTuple):
    """Clean labels (-1: unknown) of the training rows, or of rows `X` of their own."""

    y: NDArray[np.intp]
    X: Any = None

    @property
    def known(self) -> NDArray[np.intp]:
        """Where there is a label."""
        return np.flatnonzero(self.y != MISSING)

    def fit_params(self, classes: NDArray[Any]) -> dict[str, Any]:
        """What an estimator of T is passed: labels as the user writes them, None where unknown."""
        labels = np.full(len(self.y), None, dtype=object)
        labels[self.known] = classes[self.y[self.known]]
        found = {"y_trusted": labels}
        return found if self.X is None else {**found, "X_trusted": self.X}

    def join(self, data: TrainingSet, rows: RowMatrices) -> tuple[TrainingSet, RowMatrices]:
        """The training set with trusted labels in it, which no noise stands behind.

        A row that has one is trained with that and no longer with its noisy label; rows of their
        own come last and count once.
        """
        if self.X is None:
            y = data.y.copy()
            y[self.known] = self.y[self.known]
            return data._replace(y=y), rows.with_identity(self.known)
        n_before, n_more = len(data.y), len(self.known)
        y = np.concatenate([data.y, self.y[self.known].astype(data.y.dtype)])
        which = np.concatenate([rows.which, np.zeros(n_more, dtype=np.intp)])
        weights = data.loss_weight
        if weights is not None:
            weights = np.concatenate([weights, np.ones(n_more)])
        joined = data._replace(X=join_rows(data.X, self.rows(None)[0]), y=y, loss_weight=weights)
        more = np.arange(n_before, n_before + n_more)
        return joined, RowMatrices(rows.matrices, which).with_identity(more)

    def rows(self, X: Any) -> tuple[Any, NDArray[np.intp]]:
        """The trusted rows and their labels; X holds the training rows."""
        return take_rows(X if self.X is None else self.X, self.known), self.y[self.known]


def trusted_labels(
    estimator: Any, data: TrainingSet, y_trusted: ArrayLike | None, X_trusted: Any, n_passed: int
) -> TrustedLabels | None:
    """Check what the user passed as trusted; None if that is nothing.

    Parameters
    ----------
    estimator : estimator
        The one being fitted; it has seen X.
    data : TrainingSet
        Validated rows.
    y_trusted : array-like of shape (n_passed,) or (n_trusted,)
        Clean labels, missing where unknown.
    X_trusted : rows of shape (n_trusted, ...)
        Their rows, unless these are those of X.
    n_passed : int
        Rows of X before those of weight zero were left out.

    Raises
    ------
    ValueError
        If there are rows without labels, labels of no class, or too many or too few.
    """
    if y_trusted is None:
        if X_trusted is not None:
            raise ValueError("X_trusted needs the clean labels of its rows as y_trusted.")
        return None
    if X_trusted is not None:
        X_trusted = validate_rows(estimator, X_trusted)
        y = encode_known_labels(
            y_trusted,
            data.classes,
            n_expected=n_rows(X_trusted),
            name="y_trusted",
            rows_of="X_trusted",
        )
        return TrustedLabels(y, X_trusted)
    y = encode_known_labels(
        y_trusted, data.classes, n_expected=n_passed, name="y_trusted", rows_of="X"
    )
    y = y if data.kept is None else y[data.kept]
    return TrustedLabels(y) if (y != MISSING).any() else None


def join_rows(X: Any, more: Any) -> Any:
    """The rows of X, then those of `more`; what does not lie in memory stays where it is."""
    if isinstance(X, Dataset) or isinstance(more, Dataset):
        if not (isinstance(X, Dataset) and isinstance(more, Dataset)):
            raise TypeError(
                f"X_trusted must be a Dataset if X is one, and only then; got "
                f"{type(more).__name__} beside {type(X).__name__}."
            )
        return ConcatDataset([X, more])
    if sparse.issparse(X) or sparse.issparse(more):
        return sparse.vstack([X, more], format="csr")
    if is_in_memory(X) and isinstance(more, np.ndarray):
        return np.concatenate([X, more])
    return IndexedRows(X, np.arange(n_rows(X) + n_rows(more)), other=more)
