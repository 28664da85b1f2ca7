"""Trusted labels as the user passes them, and what they do to an estimate of T."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._labels import is_missing
from .._transition import (
    order_is_doubtful,
    project_posterior,
    trusted_counts,
    trusted_order,
    trusted_posterior,
)

UNKNOWN = -1
AGREEMENT = 0.9


class TrustedRows(NamedTuple):
    """Posteriors, clean labels and, where they are known, noisy labels of trusted rows."""

    proba: NDArray[np.float64]
    y_clean: NDArray[np.intp]
    y: NDArray[np.integer] | None
    # From T to posteriors of the trusted rows that know T; costs a fit.
    sharpen: Callable[[NDArray[np.float64]], NDArray[np.float64] | None] | None = None

    def named(self, classes: NDArray[Any]) -> NDArray[np.bool_]:
        """Which classes have a trusted row."""
        return np.bincount(self.y_clean, minlength=len(classes)) > 0


def encode_trusted(
    y_trusted: ArrayLike, classes: NDArray[Any], *, n_expected: int, of: str
) -> NDArray[np.intp]:
    """Positions among `classes`; -1 where the label is missing (NaN, None or pandas.NA).

    Parameters
    ----------
    y_trusted : array-like of shape (n_expected,)
        Clean labels.
    classes : ndarray of shape (n_classes,)
        All labels.
    n_expected : int
        How many there must be.
    of : str
        Whose rows they are, for the message.

    Raises
    ------
    ValueError
        If there are more or fewer, if one is no class, or if all are missing.
    """
    labels = np.asarray(y_trusted, dtype=object)
    if labels.shape != (n_expected,):
        raise ValueError(
            f"y_trusted must hold one label per row of {of}, {n_expected}, missing ones as NaN or "
            f"None; got shape {labels.shape}."
        )
    position = {label: k for k, label in enumerate(classes.tolist())}
    found = np.array(
        [UNKNOWN if is_missing(label) else position.get(label, -2) for label in labels]
    )
    if (found == -2).any():
        strange = labels[found == -2][0]
        raise ValueError(f"y_trusted holds {strange!r}, which is not among {classes.tolist()}.")
    if (found == UNKNOWN).all():
        raise ValueError("y_trusted must hold a label; all are missing.")
    return found.astype(np.intp)


class TrustedEstimate(NamedTuple):
    """Dirichlet parameters of the rows of T, and the order in which the old ones were named."""

    concentration: NDArray[np.float64]
    order: NDArray[np.intp]


def with_trusted(trusted: TrustedRows, transition_matrix: NDArray[np.float64]) -> TrustedEstimate:
    """Name the rows of T by the trusted rows, and add what their labels say.

    Rows whose noisy label is known count it. Others count their posterior, if their projection
    agrees that they are of their class: those between two classes would blur T. Where the names
    are in doubt, a classifier that knows T is asked in place of the projection.
    """
    K = len(transition_matrix)
    own = trusted.proba, trusted.y_clean, transition_matrix
    sharper = None
    if trusted.sharpen is not None and order_is_doubtful(*own):
        sharper = trusted.sharpen(transition_matrix)
    order = trusted_order(*own, posterior=sharper)
    T = transition_matrix[order]
    if trusted.y is not None:
        counts = trusted_counts(trusted.y_clean, trusted.y, K)
    else:
        q = project_posterior(trusted.proba, T)
        agreement = q[np.arange(len(q)), trusted.y_clean]
        agreement[agreement < AGREEMENT] = 0
        counts = np.zeros((K, K))
        np.add.at(counts, trusted.y_clean, agreement[:, None] * trusted.proba)
    return TrustedEstimate(trusted_posterior(np.maximum(T, 1e-6), counts), order)


class TrustedLabels(NamedTuple):
    codes: Any
    X: Any = None

    @property
    def known(self):
        return np.flatnonzero(self.codes != UNKNOWN)

    def rows(self, X):
        from .._validation import take_rows

        return take_rows(X if self.X is None else self.X, self.known), self.codes[self.known]


def read_trusted_labels(estimator, data, y_trusted, X_trusted):
    from .._validation import n_rows, validate_rows, with_features

    if y_trusted is None:
        return None
    if X_trusted is not None:
        X_trusted = validate_rows(with_features(estimator, data), X_trusted)
        return TrustedLabels(
            encode_trusted(y_trusted, data.classes, n_expected=n_rows(X_trusted), of="X_trusted"),
            X_trusted,
        )
    y = data.kept_rows(encode_trusted(y_trusted, data.classes, n_expected=data.n_passed, of="X"))
    return TrustedLabels(y) if (y != UNKNOWN).any() else None
