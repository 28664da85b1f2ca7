"""Noise and its kind by the shape of the classes in the space of the features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.decomposition import TruncatedSVD
from sklearn.utils import check_array
from torch.utils.data import Dataset

from .._validation import TrainingSet, take_rows
from ._class_mixture import fit_class_mixture
from ._fit_test import ClassConditionalTest, class_conditional_test, margins

Array = NDArray[np.float64]

MAX_ROWS = 10_000
N_SPARSE_COMPONENTS = 30


class Shapes(NamedTuple):
    """Noise rate, share of rows on the wrong side of a boundary, test of fit; None if unknown."""

    noise_rate: float | None
    overlap: float
    test: ClassConditionalTest | None
    notes: list[str]


def compare_shapes(
    data: TrainingSet, clean_proba: Array, transition_matrix: Array, tolerance: float, seed: int
) -> Shapes:
    """Fit the shape of the classes, and test whether T explains the labels.

    The fit starts from out-of-fold `clean_proba` and from T, on at most 10,000 random rows.
    """
    rows = np.random.default_rng(seed).permutation(len(data.y))[:MAX_ROWS]
    features = _as_table(data, rows, seed)
    if features is None:
        note = "The features are not all numbers in memory, so that shapes cannot be fitted."
        return Shapes(None, 0.0, None, [note])
    y, start = data.y[rows], clean_proba[rows]
    if len(np.unique(start.argmax(axis=1))) < 2:
        return Shapes(None, 0.0, None, ["All rows are predicted to be of one class."])
    mixture = fit_class_mixture(features, y, start, transition_matrix, random_state=seed)
    p, T = mixture.clean_proba, mixture.transition_matrix
    test = class_conditional_test(y, p, T, margins(start), tolerance=tolerance)
    return Shapes(mixture.noise_rate, float(1 - p.max(axis=1).mean()), test, [])


def _as_table(data: TrainingSet, rows: NDArray[np.intp], seed: int) -> Array | None:
    if isinstance(data.X, Dataset):
        return None
    X = take_rows(data.X, rows)
    try:
        X = check_array(X, accept_sparse="csr", dtype=np.float64, allow_nd=True)
    except (TypeError, ValueError):  # Text, categories, missing values.
        return None
    if issparse(X):
        n_components = min(N_SPARSE_COMPONENTS, X.shape[1] - 1)
        return np.asarray(TruncatedSVD(n_components, random_state=seed).fit_transform(X))
    return np.asarray(X.reshape(len(rows), -1))
