"""T of bootstrap samples for which the classifiers are fitted again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .._hints import SEE_ERRORS
from .._transition import bootstrap_weights
from .._validation import n_rows, validate_training_set
from ._folds import with_fold_groups
from ._wrapped import takes_sample_weight


def refitted_transition_matrices(
    estimator: Any, X: Any, y: Any, n_bootstrap: int, fold_groups: Any = None
) -> NDArray[np.float64]:
    """T of clones of a fitted estimator of T, fitted to samples of its training data X and y.

    A sample weights the rows: one that was drawn twice never stands in the training and in the
    test part of a fold. Trusted labels are left out.
    """
    classifier = estimator.estimator
    if hasattr(classifier, "predict_proba") and not takes_sample_weight(classifier):
        raise ValueError(
            f"interval(X, y) fits the classifier again to weighted rows, and "
            f"{type(classifier).__name__} takes no sample_weight. Leave X and y out, or choose a "
            "classifier that takes them."
            f" {SEE_ERRORS}"
        )
    rng = np.random.default_rng(0)
    # What is kept need not be made light.
    refitted = clone(estimator).set_params(classes=estimator.classes_, keep_proba=True)
    samples = []
    for _ in range(n_bootstrap):
        weights = bootstrap_weights(np.ones(n_rows(X)), rng)
        data = validate_training_set(refitted, X, y, weights, classes=estimator.classes_)
        # Not by `fit`: that of the estimator said what is doubtful.
        refitted.fit_validated(with_fold_groups(data, fold_groups))
        samples.append(refitted.transition_matrix_)
    return np.stack(samples)
