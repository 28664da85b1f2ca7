"""A score on the labels of several annotators, for searches that have no clean labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._fitted import find_holder
from .._hints import SEE_ERRORS
from .._labels import check_same_length
from ._em import SMALLEST, log_likelihood
from ._votes import encode_votes


def annotator_log_likelihood(estimator: Any, X: Any, y: Any) -> float:
    """Mean log-likelihood of annotators' labels under a fitted classifier; higher is better.

    A scorer for searches without clean labels: ``scoring=annotator_log_likelihood``, with a
    splitter such as ``KFold`` as `cv`.

    Parameters
    ----------
    estimator : AnnotatorCorrectedClassifier, or a Pipeline or search that ends in one
        Fitted.
    X : like X of its `fit`
        Held-out rows.
    y : array-like of shape (n_samples, n_annotators)
        Their labels, missing ones as in `fit`.

    Returns
    -------
    float
        ``log sum_k p_k(x) prod_a T_a[k, y_a]`` [1]_, averaged over the rows that have a label.

    See Also
    --------
    AnnotatorCorrectedClassifier : The classifier that is scored.
    sknoisy.metrics.make_noise_corrected_scorer : Scorers for one noisy label per row.

    References
    ----------
    .. [1] Raykar et al., "Learning from Crowds", JMLR 11, 2010.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy.annotators import AnnotatorCorrectedClassifier, annotator_log_likelihood
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = AnnotatorCorrectedClassifier(random_state=0).fit(X, y[:, None])
    >>> annotator_log_likelihood(clf, X, y[:, None]) > -0.5
    True
    """
    fitted = find_holder(estimator, "transition_matrices_")
    if fitted is None:
        raise TypeError(
            f"estimator must be a fitted AnnotatorCorrectedClassifier, or a Pipeline or search "
            f"that ends in one; got {type(estimator).__name__}."
            f" {SEE_ERRORS}"
        )
    votes = encode_votes(y, classes=fitted.classes_, missing_label=fitted.missing_label)
    n_annotators = len(fitted.transition_matrices_)
    if len(votes.annotators) != n_annotators:
        raise ValueError(
            f"y must have a column for each of the {n_annotators} annotators of fit, with NaN or "
            f"None where there is no label; got {len(votes.annotators)} columns."
            f" {SEE_ERRORS}"
        )
    proba: NDArray[np.float64] = np.maximum(estimator.predict_proba(X), SMALLEST)
    check_same_length(X=proba, y=range(votes.n_rows))
    joint = np.log(proba) + log_likelihood(votes.indicator(), fitted.transition_matrices_)
    labelled = joint[votes.n_labels_by_row > 0]
    return float(np.logaddexp.reduce(labelled, axis=1).mean())
