"""Labels of several annotators, with gaps, as a list of votes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .._checks import check_weights, describe
from .._hints import SEE_ERRORS
from .._labels import check_labels, encode_known_labels, encode_labels, is_missing, sort_classes


class Votes(NamedTuple):
    """Who gave which label to which row, as numbers; missing labels are absent."""

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
        return np.bincount(self.row, minlength=self.n_rows)

    @property
    def rarely_overlap(self) -> bool:
        """Whether less than half of the rows that have a label have another."""
        n_labels = self.n_labels_by_row
        return bool((n_labels > 1).sum() < 0.5 * (n_labels > 0).sum())

    def subset(self, rows: NDArray[np.intp]) -> Votes:
        """The votes on some rows, numbered by their place in `rows`."""
        place = np.full(self.n_rows, -1)
        place[rows] = np.arange(len(rows))
        row = place[self.row]
        kept = row >= 0
        annotator, label = self.annotator[kept], self.label[kept]
        return self._replace(row=row[kept], annotator=annotator, label=label, n_rows=len(rows))

    def used_rows(
        self, sample_weight: ArrayLike | None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The rows that have a label and a positive weight, and their weights, of mean 1."""
        weights = np.ones(self.n_rows)
        if sample_weight is not None:
            weights = check_weights(sample_weight, self.n_rows)
        rows = np.flatnonzero((self.n_labels_by_row > 0) & (weights > 0))
        if len(rows) == 0:
            raise ValueError(f"sample_weight is zero for every row that has a label. {SEE_ERRORS}")
        return rows, weights[rows] / weights[rows].mean()

    def trusted(self, y_trusted: ArrayLike | None) -> NDArray[np.intp] | None:
        """Clean labels of some rows as class numbers, `MISSING` where there is none."""
        if y_trusted is None:
            return None
        return encode_known_labels(
            y_trusted, self.classes, n_expected=self.n_rows, name="y_trusted", rows_of="y"
        )

    def indicator(self) -> Any:
        """Sparse one-hot votes of shape (n_rows, n_annotators * n_classes)."""
        K = len(self.classes)
        column = self.annotator * K + self.label
        shape = (self.n_rows, len(self.annotators) * K)
        return sparse.csr_array((np.ones(len(column)), (self.row, column)), shape=shape)

    def shares(self) -> NDArray[np.float64]:
        """Shares of the classes among the labels of each row; uniform where there is none."""
        K = len(self.classes)
        counts = np.bincount(self.row * K + self.label, minlength=self.n_rows * K)
        counts = counts.reshape(self.n_rows, K).astype(np.float64)
        counts[counts.sum(axis=1) == 0] = 1
        return counts / counts.sum(axis=1, keepdims=True)


def encode_votes(y: Any, *, classes: ArrayLike | None = None, missing_label: Any = None) -> Votes:
    """The labels in an array or frame of shape (n_samples, n_annotators) that has gaps.

    Raises ValueError if y has another shape, no label, or a single class, and if it holds -1
    where neither `missing_label` nor `classes` say what that means.
    """
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None: labels of shape (n_samples, "
            "n_annotators), with NaN or None where there is no label."
            f" {SEE_ERRORS}"
        )
    try:
        table = np.asarray(y)
    except ValueError as error:
        raise ValueError(
            f"y must be an array of shape (n_samples, n_annotators); got {describe(y)} that does "
            f"not convert: {error}"
            f" {SEE_ERRORS}"
        ) from error
    if table.dtype.kind == "c":
        raise ValueError(f"Complex data not supported as labels in y. {SEE_ERRORS}")
    if table.ndim != 2:
        raise ValueError(
            f"y must have shape (n_samples, n_annotators), with NaN or None where there is no "
            f"label; got shape {table.shape}. For one label per row and the name of its annotator, "
            f"use noise_groups= in fit of ForwardCorrectedClassifier. {SEE_ERRORS}"
        )
    row, annotator = np.nonzero(~_is_missing(table, missing_label))
    if len(row) == 0:
        raise ValueError(f"y must hold a label; all entries are missing. {SEE_ERRORS}")
    labels = table[row, annotator]
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise ValueError(f"Input y contains infinity; a missing label is NaN or None. {SEE_ERRORS}")
    if labels.dtype.kind == "f" and (labels == labels.astype(np.int64)).all():
        labels = labels.astype(np.int64)  # NaN had made them floats.
    elif labels.dtype.kind == "f":
        raise ValueError(
            f"y must hold labels of classes; got continuous numbers such as "
            f"{labels[labels != np.round(labels)][0]:.6g}."
            f" {SEE_ERRORS}"
        )
    elif labels.dtype == object:
        labels = check_labels(labels)
    if missing_label is None and classes is None:
        _refuse_ambiguous_minus_one(labels)
    encoded = encode_labels(labels, None if classes is None else sort_classes(classes))
    if len(encoded.classes) < 2:
        raise ValueError(
            f"y must hold labels of at least 2 classes; got 1 class, {encoded.classes[0]!s}. If "
            f"others are only absent from this sample, name all of them with classes=."
            f" {SEE_ERRORS}"
        )
    names = np.asarray(y.columns) if hasattr(y, "columns") else np.arange(table.shape[1])
    return Votes(row, annotator, *encoded, names, len(table))


def _is_missing(table: NDArray[Any], missing_label: Any) -> NDArray[np.bool_]:
    compared = not is_missing(missing_label)
    if table.dtype == object:
        flat = [is_missing(v) or (compared and bool(v == missing_label)) for v in table.ravel()]
        return np.array(flat, dtype=bool).reshape(table.shape)
    missing = np.isnan(table) if table.dtype.kind == "f" else np.zeros(table.shape, dtype=bool)
    return missing | (table == missing_label) if compared else missing


def _refuse_ambiguous_minus_one(labels: NDArray[Any]) -> None:
    """Beside 1 alone, -1 is a class; beside other labels it usually means a missing label."""
    if labels.dtype.kind != "i":
        return
    distinct = np.unique(labels)
    if distinct[0] == -1 and len(distinct) > 1 and distinct[1:].tolist() != [1]:
        raise ValueError(
            f"y holds -1 beside {distinct[1:].tolist()}: pass missing_label=-1 if it means that "
            f"there is no label, or classes={distinct.tolist()} if it is a class. {SEE_ERRORS}"
        )
