"""T from a few trusted labels and many noisy ones: unbiased whatever the noise is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._labels import MISSING
from ._inputs import Array, resolve
from ._label_quality import clean_proba
from ._trusted_labels import read_trusted


def prediction_powered_transition_matrix(
    y_trusted: ArrayLike,
    y_noisy: ArrayLike,
    proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    trusted_weight: ArrayLike | None = None,
    classes: ArrayLike | None = None,
) -> Array:
    """T from a few trusted labels, made surer by a first estimate of it and many noisy labels.

    It is right on average whatever the noise is: also if it depends on the features, or if T was
    estimated badly.

    Parameters
    ----------
    y_trusted : array-like of shape (n_samples,)
        Clean labels of some rows, NaN or None for the others. At least 10, of rows drawn at
        random or by :func:`sknoisy.inspection.rows_to_verify`.
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of all rows.
    proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels from the features, out of fold, as for :func:`clean_proba`.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        A first estimate of T. It stands for classes of which no trusted label tells.
    trusted_weight : array-like of shape (n_samples,), default=None
        As for :func:`prediction_powered_score`.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: those that label T, or else the labels in
        `y_noisy`, sorted.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``; rows sum to 1.

    Raises
    ------
    ValueError
        If there are fewer than 10 trusted labels, or labels, T, posteriors or weights do not fit.

    See Also
    --------
    sknoisy.inspection.rows_to_verify : Which rows to have labelled.
    sknoisy.TransitionMatrixEstimator : Takes trusted labels too, and believes that the noise
        depends on the class alone.
    sknoisy.noise.transition_matrix_from_labels : Counts T where all clean labels are known.

    Notes
    -----
    With q the posterior of a row by :func:`clean_proba`, z its clean and j its noisy label, the
    shares of clean and noisy labels are the mean of ``lambda q_k`` over all rows with label j,
    plus the weighted mean of ``1[z = k] - lambda q_k`` over the trusted ones. For each trusted
    row lambda in [0, 1] is that of the smallest variance on the others.

    References
    ----------
    .. [1] Angelopoulos, Duchi, Zrnic, "PPI++: Efficient Prediction-Powered Inference", 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.noise import corrupt_labels
    >>> rng, T = np.random.RandomState(0), np.array([[0.8, 0.2], [0.3, 0.7]])
    >>> p = rng.beta(0.3, 0.3, 2000)
    >>> y = (rng.uniform(size=2000) < p).astype(int)
    >>> y_noisy, proba = corrupt_labels(y, T, random_state=1), np.column_stack([1 - p, p])
    >>> y_trusted = np.where(np.arange(2000) < 200, y, np.nan)
    >>> rough = [[0.9, 0.1], [0.1, 0.9]]
    >>> prediction_powered_transition_matrix(y_trusted, y_noisy, proba, rough).round(1)
    array([[0.8, 0.2],
           [0.3, 0.7]])
    """
    T, all_classes, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    n, K = len(noisy), len(T)
    trusted, numbers = read_trusted(y_trusted, all_classes, np.ones(n), trusted_weight)
    posterior = clean_proba(proba, y_noisy, T, classes=all_classes)
    known = np.flatnonzero(trusted != MISSING)
    weights = numbers[known] / numbers[known].sum()
    clean, q, labels = np.eye(K)[trusted[known]], posterior[known], noisy[known]
    share = posterior.mean(axis=0)
    powers = _powers(clean, q, labels, weights, T, share)
    total = float(weights @ powers)
    joint = np.zeros((K, K))  # Noisy labels in rows.
    np.add.at(joint, noisy, total * posterior / n)
    np.add.at(joint, labels, weights[:, None] * (clean - powers[:, None] * q))
    joint = joint.T.clip(min=0)
    mass = joint.sum(axis=1, keepdims=True)
    return np.divide(joint, mass, out=T.copy(), where=mass > 0)


def _powers(
    clean: Array, q: Array, labels: NDArray[np.intp], weights: Array, T: Array, share: Any
) -> Array:
    """How far to trust the posteriors, for each trusted row from the others."""
    K = len(T)
    moved = ((np.eye(K)[:, None] - T[None]) ** 2).sum(axis=2)[labels]
    by_class = weights[:, None] ** 2 * moved / share.clip(min=1 / len(q)) ** 2
    products, squares = (by_class * q * clean).sum(axis=1), (by_class * q**2).sum(axis=1)
    products, squares = products.sum() - products, squares.sum() - squares
    ratio = np.divide(products, squares, out=np.zeros(len(q)), where=squares > 0)
    return np.asarray(ratio.clip(0, 1))
