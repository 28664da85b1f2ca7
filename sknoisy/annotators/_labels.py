"""Labels of several annotators, with gaps, as a list of votes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .._labels import encode_labels, is_missing


class Votes(NamedTuple):
    """Who gave which label to which row; gaps are absent."""

    row: NDArray[np.intp]
    annotator: NDArray[np.intp]
    label: NDArray[np.intp]
    classes: NDArray[Any]
    annotators: NDArray[Any]
    n_rows: int

    @property
    def n_labels(self) -> NDArray[np.intp]:
        """Number of labels of each annotator."""
        return np.bincount(self.annotator, minlength=len(self.annotators))

    @property
    def n_labels_by_row(self) -> NDArray[np.intp]:
        """Number of labels of each row."""
        return np.bincount(self.row, minlength=self.n_rows)

    def subset(self, rows: NDArray[np.intp]) -> Votes:
        """The votes on some rows, which are numbered anew."""
        number = np.full(self.n_rows, -1)
        number[rows] = np.arange(len(rows))
        new = number[self.row]
        kept = new >= 0
        return self._replace(
            row=new[kept],
            annotator=self.annotator[kept],
            label=self.label[kept],
            n_rows=len(rows),
        )

    def indicator(self) -> Any:
        """Sparse matrix of shape (n_rows, n_annotators * n_classes) of what was said."""
        K = len(self.classes)
        column = self.annotator * K + self.label
        shape = (self.n_rows, len(self.annotators) * K)
        return sparse.csr_array((np.ones(len(column)), (self.row, column)), shape=shape)

    def shares(self) -> NDArray[np.float64]:
        """Share of the labels of each row that name each class; even where there is none."""
        K = len(self.classes)
        counts = np.bincount(self.row * K + self.label, minlength=self.n_rows * K)
        counts = counts.reshape(self.n_rows, K).astype(np.float64)
        counts[counts.sum(axis=1) == 0] = 1
        return counts / counts.sum(axis=1, keepdims=True)


def encode_votes(y: Any, *, classes: ArrayLike | None = None, missing_label: Any = None) -> Votes:
    """Find the labels in an array with gaps.

    Parameters
    ----------
    y : array-like or DataFrame of shape (n_samples, n_annotators)
        A label of any type, or NaN, None or pandas.NA where there is none.
    classes : array-like, default=None
        All labels, where some may be absent from y.
    missing_label : object, default=None
        What else stands for no label, such as -1 or "".

    Returns
    -------
    Votes

    Raises
    ------
    ValueError
        If y has another shape, no label or a single class, or holds -1 without a word on what
        it means.
    """
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None: labels of shape (n_samples, "
            "n_annotators), with NaN or None where there is none."
        )
    annotators = np.asarray(y.columns) if hasattr(y, "columns") else None
    table = np.asarray(y)
    if table.ndim != 2:
        raise ValueError(
            f"y must have shape (n_samples, n_annotators), with NaN or None where there is no "
            f"label; got shape {table.shape}. Rows with one label each and the name of who gave "
            f"it are the case of groups= in fit of ForwardCorrectedClassifier."
        )
    row, annotator = np.nonzero(~_is_missing(table, missing_label))
    if len(row) == 0:
        raise ValueError("y must hold a label; all entries are missing.")
    labels = table[row, annotator]
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise ValueError("Input y contains infinity; a missing label is NaN or None.")
    if labels.dtype.kind == "f" and (labels == labels.astype(np.int64)).all():
        labels = labels.astype(np.int64)  # NaN had made them floats.
    elif labels.dtype == object:
        labels = np.array(labels.tolist())
    if missing_label is None and classes is None:
        _refuse_to_guess(labels)
    codes, all_classes = encode_labels(labels, classes)
    names = np.arange(table.shape[1]) if annotators is None else annotators
    return Votes(row, annotator, codes.astype(np.intp), all_classes, names, len(table))


def _is_missing(table: NDArray[Any], missing_label: Any) -> NDArray[np.bool_]:
    if table.dtype == object:
        flat = [is_missing(label) or _equal(label, missing_label) for label in table.ravel()]
        return np.array(flat, dtype=bool).reshape(table.shape)
    missing = np.isnan(table) if table.dtype.kind == "f" else np.zeros(table.shape, dtype=bool)
    return missing if is_missing(missing_label) else missing | (table == missing_label)


def _equal(label: Any, missing_label: Any) -> bool:
    return not is_missing(missing_label) and bool(label == missing_label)


def _refuse_to_guess(labels: NDArray[Any]) -> None:
    """-1 is a class in {-1, 1} and a gap elsewhere, mostly; elsewhere is not good enough."""
    if labels.dtype.kind != "i":
        return
    known = np.unique(labels)
    if known[0] == -1 and len(known) > 1 and known[1:].tolist() != [1]:
        raise ValueError(
            f"y holds -1 beside {known[1:].tolist()}: pass missing_label=-1 if it means that "
            f"there is no label, or classes={known.tolist()} if it is a class."
        )
