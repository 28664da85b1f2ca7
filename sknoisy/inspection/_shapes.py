"""Noise and its kind by the shape of the classes, and by trusted labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.decomposition import TruncatedSVD

from .._validation import TrainingSet, take_rows
from ._fit_test import ClassConditionalTest, class_conditional_test
from ._geometry import fit_class_mixture

Array = NDArray[np.float64]

MAX_ROWS = 10_000
N_SPARSE_COMPONENTS = 30
MIN_TRUSTED_LABELS = 20


class Shapes(NamedTuple):
    """Noise rate, share of rows on the wrong side, test of fit; None where shapes say nothing."""

    noise_rate: float | None
    overlap: float
    test: ClassConditionalTest | None
    notes: list[str]


def compare_shapes(
    data: TrainingSet, clean_proba: Array, transition_matrix: Array, tolerance: float, seed: int
) -> Shapes:
    """Fit the shape of the classes, and test whether T explains the labels.

    Parameters
    ----------
    data : TrainingSet
        Validated rows and labels.
    clean_proba : ndarray of shape (n_samples, n_classes)
        Out-of-fold clean posteriors.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        T to start from.
    tolerance : float
        Of the test.
    seed : int
        Which rows are looked at where there are many, and the clusters.

    Returns
    -------
    Shapes
    """
    rows = np.random.default_rng(seed).permutation(len(data.y))[:MAX_ROWS]
    features = _as_table(data, rows, seed)
    if features is None:
        note = "The features are not numbers in memory, so that shapes cannot be fitted."
        return Shapes(None, 0.0, None, [note])
    y, q = data.y[rows], clean_proba[rows]
    if len(np.unique(q.argmax(axis=1))) < 2:
        return Shapes(None, 0.0, None, ["All rows are predicted to be of one class."])
    found = fit_class_mixture(features, y, q, transition_matrix, random_state=seed)
    p = found.clean_proba
    test = class_conditional_test(y, p, found.transition_matrix, margins(q), tolerance=tolerance)
    return Shapes(found.noise_rate, float(1 - p.max(axis=1).mean()), test, [])


def margins(proba: Array) -> Array:
    """The largest posterior less the second largest.

    Examples
    --------
    >>> import numpy as np
    >>> margins(np.array([[0.7, 0.2, 0.1]])).round(1)
    array([0.5])
    """
    ordered = np.sort(proba, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _as_table(data: TrainingSet, rows: NDArray[np.intp], seed: int) -> Array | None:
    if not hasattr(data.X, "shape") or not hasattr(data.X, "dtype"):
        return None
    some = take_rows(data.X, rows)
    if issparse(some):
        n_components = min(N_SPARSE_COMPONENTS, some.shape[1] - 1)
        return np.asarray(TruncatedSVD(n_components, random_state=seed).fit_transform(some))
    return np.asarray(some, dtype=np.float64).reshape(len(rows), -1)


def trusted_test(
    y_trusted: ArrayLike, data: TrainingSet, clean_proba: Array
) -> ClassConditionalTest | None:
    """The test where clean labels are known: agreement then needs no model of the classes.

    Parameters
    ----------
    y_trusted : array-like of shape (n_samples,)
        Clean labels of some rows, the others NaN or None.
    data : TrainingSet
        Validated rows and labels.
    clean_proba : ndarray of shape (n_samples, n_classes)
        Out-of-fold clean posteriors, to sort rows by sureness.

    Returns
    -------
    ClassConditionalTest or None
        None for fewer than 20 trusted labels.
    """
    given = np.asarray(y_trusted, dtype=object)
    known = np.array([label is not None and label == label for label in given.tolist()])
    if known.sum() < MIN_TRUSTED_LABELS:
        return None
    K = len(data.classes)
    clean = np.searchsorted(data.classes, np.array(given[known].tolist()))
    noisy = data.y[known]
    counts = np.zeros((K, K))
    np.add.at(counts, (clean, noisy), 1)
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return class_conditional_test(
        noisy, np.eye(K)[clean], rates, margins(clean_proba[known]), tolerance=0.0
    )
