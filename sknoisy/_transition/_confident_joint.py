"""T from the noisy labels of the rows that a classifier is confident of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._rows import PRIOR_ROWS, normalize_rows, row_shares, row_weights


def confident_joint_transition_matrix(
    noisy_proba: ArrayLike,
    y: ArrayLike,
    *,
    prior_rows: float = PRIOR_ROWS,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Count labels against the class of which the model is confident.

    A row is confidently of class k if its posterior of k reaches the mean posterior of k among
    the rows labelled k; among several such classes the most probable one is taken.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels.
    y : array-like of int of shape (n_samples,)
        Noisy labels as column numbers, 0 to n_classes - 1.
    prior_rows : float, default=5.0
        As many more rows of each class count as labelled rightly.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        A class of which no row is confident gets a row of the identity.

    References
    ----------
    .. [1] Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset
       Labels", JAIR 2021.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]])
    >>> confident_joint_transition_matrix(proba, [0, 0, 1, 1])
    array([[1., 0.],
           [0., 1.]])
    """
    proba = np.asarray(noisy_proba)
    weights = row_weights(sample_weight, len(proba))
    joint = confident_joint(proba, np.asarray(y), weights)
    return normalize_rows(joint + prior_rows * np.eye(len(joint)))


def confident_joint(
    proba: NDArray[np.float64], y: NDArray[np.integer], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Counts of (class of which the model is confident, noisy label), of the data's size.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]])
    >>> confident_joint(proba, np.array([0, 0, 1, 1]), np.ones(4))
    array([[2., 0.],
           [0., 2.]])
    """
    n_samples, K = proba.shape
    label_mass = np.bincount(y, weights=weights, minlength=K)
    own = proba[np.arange(n_samples), y] * weights
    threshold = np.divide(
        np.bincount(y, weights=own, minlength=K),
        label_mass,
        out=np.full(K, np.inf),
        where=label_mass > 0,
    )
    confident = np.where(proba >= threshold, proba, -1.0)
    guess = confident.argmax(axis=1)
    sure = confident[np.arange(n_samples), guess] >= 0
    cells = y[sure] * K + guess[sure]
    joint = np.bincount(cells, weights=weights[sure], minlength=K * K).astype(np.float64)
    # Each given label keeps its share of the data, however often the model is confident there.
    return (row_shares(joint.reshape(K, K)) * label_mass[:, None]).T
