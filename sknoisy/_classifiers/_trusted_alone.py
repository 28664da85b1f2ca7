"""Is the classifier at least as good as one trained on the trusted rows alone?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._validation import take_rows
from .._warn import warn

# Fewer rows tell no difference.
FEWEST = 20
# Standard errors of the difference of two accuracies on the same rows.
SURELY_BETTER = 2.0


def warn_if_better_alone(
    X: Any,
    rows: NDArray[np.intp],
    clean: NDArray[np.integer],
    fold: NDArray[np.integer],
    proba: NDArray[np.float64],
) -> None:
    """Warn if the trusted rows alone make a better classifier, judged on rows left out of both.

    `rows` of X are trusted, with labels `clean`; `proba` are their posteriors by members that
    left out the rows of their `fold`.
    """
    if len(rows) < FEWEST or not (isinstance(X, np.ndarray) or sparse.issparse(X)):
        return
    features = take_rows(X, rows)
    alone = _right_alone(features.reshape(len(rows), -1), clean, fold)
    together = proba.argmax(axis=1) == clean
    gain = alone.astype(float) - together
    if not gain.mean() > SURELY_BETTER * gain.std(ddof=1) / np.sqrt(len(gain)):
        return
    warn(
        f"A classifier trained on the trusted rows alone is better: on {len(rows)} trusted rows, "
        f"each left out of the training, a logistic regression is right in {alone.mean():.0%}, and "
        f"this classifier in {together.mean():.0%}. The noise is not as T says, or features and "
        f"labels of the noisy rows have little to do with each other. Look at "
        f"transition_matrix_ and doubts_, set fine_tune_epochs, or leave the noisy rows out."
    )


def _right_alone(X: Any, clean: NDArray[np.integer], fold: NDArray[np.integer]) -> Any:
    """Where a linear classifier of the other trusted rows is right."""
    # Loading it takes longer than all of sknoisy.
    from sklearn.linear_model import LogisticRegression

    scaler = X.std(axis=0) if isinstance(X, np.ndarray) else None
    if scaler is not None:
        X = (X - X.mean(axis=0)) / np.where(scaler > 0, scaler, 1)
    right = np.zeros(len(clean), dtype=bool)
    for part in np.unique(fold):
        test = fold == part
        known = np.unique(clean[~test])
        if len(known) < 2:
            right[test] = clean[test] == known[:1]
            continue
        fitted = LogisticRegression(max_iter=200).fit(X[~test], clean[~test])
        right[test] = fitted.predict(X[test]) == clean[test]
    return right
