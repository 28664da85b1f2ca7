"""The classifier behind T where the user names none."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from .._iterators import each_once
from .._net import MAX_FEATURES
from .._validation import TrainingSet, n_rows, sample_shape
from ._any_scale import AnyScaleClassifier
from ._pooled import PooledClassifier
from ._wrapped import takes_sample_weight

# Trees are best on tables; beyond this size they take longer than a network.
MAX_TABLE_ROWS = 100_000
N_TREES = 100
# All trees together see about this many rows, so that their time does not grow with the data.
ROWS_SEEN = 5_000_000
# Larger leaves where there are many classes: a leaf stores a number for each of them, so that
# small ones take gigabytes, and say less about a hundred classes.
MIN_ROWS_IN_LEAF = 2
CLASSES_PER_ROW_IN_LEAF = 10
# Of the linear model: closer to its optimum the posteriors hardly change.
MAX_ITER, TOLERANCE = 200, 1e-3


def default_classifier(data: TrainingSet) -> Any:
    """Trees and a linear model for a table, None (the default network) for anything else.

    Posteriors of trees predict noisy labels better than those of a small network there, and
    those of a linear model do where labels are few or very noisy. They are pooled as labels of
    left-out rows are likeliest.
    """
    X = each_once(data.X)
    shape = sample_shape(X)
    if shape is None or len(shape) != 1 or not hasattr(X, "dtype"):
        return None
    if shape[0] > MAX_FEATURES or n_rows(X) > MAX_TABLE_ROWS:
        return None
    # Loading it takes twice as long as all of sknoisy.
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    n_trees = int(min(N_TREES, max(50, ROWS_SEEN // n_rows(X))))
    in_leaf = max(MIN_ROWS_IN_LEAF, len(data.classes) // CLASSES_PER_ROW_IN_LEAF)
    trees = ExtraTreesClassifier(n_trees, min_samples_leaf=in_leaf)
    scaler = StandardScaler(with_mean=not sparse.issparse(X))
    linear = make_pipeline(scaler, LogisticRegression(max_iter=MAX_ITER, tol=TOLERANCE))
    return PooledClassifier(AnyScaleClassifier(trees), AnyScaleClassifier(linear))


def pooled_with_default(own: Any, data: TrainingSet) -> Any:
    """A user's classifier, pooled with the default ones where these can read the rows.

    Posteriors that predict the noisy labels better give a better T, and better weights.
    """
    weights_reach = data.sample_weight is None or takes_sample_weight(own)
    X = each_once(data.X)
    if not weights_reach or not _are_finite_numbers(X):
        return own
    X = X if sparse.issparse(X) else np.asarray(X)
    pool = default_classifier(data._replace(X=X))
    return own if pool is None else pool.set_params(own=own)


def _are_finite_numbers(X: Any) -> bool:
    """Whether X is a table of finite numbers: an array, a sparse matrix or a frame."""
    if not hasattr(X, "shape") or len(X.shape) != 2:
        return False
    values = X.data if sparse.issparse(X) else np.asarray(X)
    return values.dtype.kind in "biuf" and bool(np.isfinite(values).all())
