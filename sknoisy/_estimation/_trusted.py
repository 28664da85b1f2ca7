"""Trusted labels, checked and encoded once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._hints import SEE_ERRORS
from .._labels import MISSING, encode_known_labels
from .._transition import labels_allowed
from .._validation import TrainingSet, as_rows, n_rows, take_rows, validate_rows, with_features
from .._warn import warn


class TrustedLabels(NamedTuple):
    """Clean labels as class numbers, `MISSING` where there is none.

    One for each row of the training set, or for each row of `X`.
    """

    codes: NDArray[np.intp]
    X: Any = None
    passed: Any = None  # Where X holds numbers: the same rows as the user passed them.

    def as_passed(self) -> TrustedLabels:
        """With the rows for a user's classifier."""
        return self._replace(X=self.X if self.passed is None else self.passed)

    @property
    def known(self) -> NDArray[np.intp]:
        """The rows that have a label."""
        return np.flatnonzero(self.codes != MISSING)

    def fit_params(self, classes: NDArray[Any]) -> dict[str, Any]:
        """What the `fit` of an estimator takes: labels as the user writes them, or None."""
        labels = np.full(len(self.codes), None, dtype=object)
        labels[self.known] = classes[self.codes[self.known]]
        return {"y_trusted": labels} | ({} if self.X is None else {"X_trusted": self.X})

    def rows(self, X: Any) -> tuple[Any, NDArray[np.intp]]:
        """The rows that have a label, and their labels; X holds the training rows."""
        return take_rows(X if self.X is None else self.X, self.known), self.codes[self.known]


def check_trusted_allowed(trusted: TrustedLabels | None, data: TrainingSet, structure: Any) -> None:
    """Refuse clean labels whose noisy ones the structure, by `with_labels`, rules out."""
    if trusted is None or trusted.X is not None or data.is_soft:
        return
    clean, noisy = trusted.codes[trusted.known], data.y[trusted.known]
    impossible = ~labels_allowed(structure, len(data.classes))[clean, noisy]
    if impossible.any():
        first = int(impossible.argmax())
        of_class, label = data.classes[[clean[first], noisy[first]]]
        raise ValueError(
            f"y_trusted contradicts the structure in {impossible.sum()} of {len(clean)} rows: an "
            f"example of {of_class} is labelled {label}, which the structure rules out. Correct "
            f"y_trusted, or allow that label. {SEE_ERRORS}"
        )


def read_trusted_labels(
    estimator: Any, data: TrainingSet, y_trusted: ArrayLike | None, X_trusted: Any
) -> TrustedLabels | None:
    """Check what the user passed to the `fit` of an estimator; None if that is no label.

    A fold of a search may lack trusted labels; that is warned of.
    """
    if y_trusted is None:
        if X_trusted is not None:
            raise ValueError(
                f"X_trusted needs the clean labels of its rows as y_trusted. {SEE_ERRORS}"
            )
        return None
    n_expected, rows_of, passed = data.n_passed, "X", None
    if X_trusted is not None:
        passed = as_rows(X_trusted)
        X_trusted = validate_rows(with_features(estimator, data), passed, "X_trusted")
        n_expected, rows_of = n_rows(X_trusted), "X_trusted"
    codes = encode_known_labels(
        y_trusted, data.classes, n_expected=n_expected, name="y_trusted", rows_of=rows_of
    )
    if X_trusted is None:
        codes = data.kept_rows(codes)
    if (codes != MISSING).any():
        return TrustedLabels(codes, X_trusted, passed)
    warn(
        f"y_trusted holds no label for the {len(codes)} rows of this fit, which goes on without "
        f"trusted labels. In a search, stratify the folds by whether a row has one.",
    )
    return None
