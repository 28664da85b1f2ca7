"""T of bootstrap samples for which the classifiers are fitted anew."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .._transition import bootstrap_weights
from .._validation import n_rows


def refitted_transition_matrices(
    estimator: Any, X: Any, y: Any, n_bootstrap: int
) -> NDArray[np.float64]:
    """Fit a clone of `estimator` to the rows of each sample, as sample weights.

    Weights in place of repeated rows: a row that was drawn twice never stands in the training and
    in the test part of a fold.

    Parameters
    ----------
    estimator : TransitionMatrixEstimator
        Fitted; its clones are fitted without trusted labels.
    X, y
        Its training data.
    n_bootstrap : int
        Number of samples.

    Returns
    -------
    ndarray of shape (n_bootstrap, n_classes, n_classes)
    """
    rng = np.random.default_rng(0)
    again = clone(estimator).set_params(classes=estimator.classes_)
    samples = []
    for _ in range(n_bootstrap):
        weights = bootstrap_weights(n_rows(X), None, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What is doubtful was said when fit was called.
            again.fit(X, y, sample_weight=weights)
        samples.append(again.transition_matrix_)
    return np.stack(samples)
