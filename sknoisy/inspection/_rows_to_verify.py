"""Which rows to have labelled by somebody who knows, so that T or a score is soon known."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer
from .._hints import SEE_ERRORS
from .._labels import check_same_length, encode_labels
from .._random import random_generator
from ..metrics import clean_proba
from ..metrics._inputs import resolve

Array = NDArray[np.float64]

# This share is drawn alike from all rows: where posteriors are wrong, weights stay small.
UNIFORM = 0.2


class RowsToVerify(NamedTuple):
    """What :func:`rows_to_verify` returns.

    Attributes
    ----------
    rows : ndarray of int of shape (n_rows,)
        Row numbers, ascending.
    trusted_weight : ndarray of shape (n_samples,)
        How many rows each row stands for if it is chosen: one over its probability. What takes
        `trusted_weight` reads it at the rows that have a trusted label.

    See Also
    --------
    rows_to_verify : Returns it.

    Examples
    --------
    >>> from sknoisy.inspection import rows_to_verify
    >>> plan = rows_to_verify([[0.5, 0.5], [1, 0]], [0, 1], [[0.8, 0.2], [0.2, 0.8]], n_rows=2)
    >>> plan.rows.tolist(), plan.trusted_weight.tolist()
    ([0, 1], [1.0, 1.0])
    """

    rows: NDArray[np.intp]
    trusted_weight: Array


def rows_to_verify(
    proba: ArrayLike,
    y_noisy: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    n_rows: int,
    prediction: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    random_state: Any = None,
) -> RowsToVerify:
    """Rows to have verified, so that T, or the accuracy of predictions, is known soonest.

    They are drawn at random, those whose clean label is in doubt more often than others. The most
    doubtful rows alone would tell nothing of the others, and make every estimate biased.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels from the features, out of fold, as for
        :func:`~sknoisy.metrics.clean_proba`.
    y_noisy : array-like of shape (n_samples,)
        Noisy labels.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        A first estimate of T.
    n_rows : int >= 1
        How many rows can be verified.
    prediction : array-like of shape (n_samples,), default=None
        Predicted labels whose accuracy should be known soonest. None: T should.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: those that label T, or else all labels, sorted.
    random_state : int, RandomState instance or None, default=None
        Draws the rows.

    Returns
    -------
    RowsToVerify
        The rows, and weights under which estimates from them are those of all rows.

    Raises
    ------
    ValueError
        If there are fewer than `n_rows` rows, or labels, T or posteriors do not fit.

    See Also
    --------
    label_budget : Whether to verify rows, or to buy more with noisy labels.
    sknoisy.metrics.rows_to_relabel : The most doubtful rows, to clean the labels.
    sknoisy.metrics.prediction_powered_transition_matrix : T from such rows.
    sknoisy.metrics.prediction_powered_score : The accuracy from such rows.

    Notes
    -----
    Let q be the posteriors of a row by :func:`~sknoisy.metrics.clean_proba`, and j its noisy
    label. A row is drawn with a probability in proportion to its standard deviation, as is best
    (Neyman allocation, [1]_, [2]_): for T ``sqrt(sum_k q_k (1 - q_k) |e_j - T_k|^2 / p_k^2)``,
    where p_k is the share of class k and e_j a unit vector; for the accuracy ``sqrt(f (1 - f))``,
    where f is q at the prediction. A fifth of the rows is drawn alike from all, as the
    posteriors may be wrong. The draw is systematic, in the order of noisy and probable label, so
    that each combination of the two gets its part.

    References
    ----------
    .. [1] Neyman, "On the Two Different Aspects of the Representative Method", Journal of the
       Royal Statistical Society 97, 1934.
    .. [2] Zrnic, Candes, "Active Statistical Inference", ICML 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.inspection import rows_to_verify
    >>> proba = np.repeat([[0.5, 0.5], [0.99, 0.01]], 50, axis=0)
    >>> y_noisy, T = np.arange(100) % 2, [[0.8, 0.2], [0.2, 0.8]]
    >>> plan = rows_to_verify(proba, y_noisy, T, n_rows=10, random_state=0)
    >>> int((plan.rows < 50).sum())
    8
    >>> plan.trusted_weight[[0, 99]].round(1)
    array([ 5. , 17.3])
    """
    n_rows = check_integer(n_rows, "n_rows", 1)
    T, all_classes, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    q = clean_proba(proba, y_noisy, T, classes=all_classes)
    n = len(noisy)
    if n_rows > n:
        raise ValueError(
            f"n_rows must be at most the number of rows, {n}; got {n_rows}. {SEE_ERRORS}"
        )
    rng = random_generator(random_state)
    if prediction is None:
        spread = _spread_of_matrix(q, noisy, T)
    else:
        codes = encode_labels(prediction, all_classes, name="prediction").codes
        check_same_length(y_noisy=noisy, prediction=codes)
        right = q[np.arange(n), codes]
        spread = np.sqrt(right * (1 - right))
    chances = _chances(spread, n_rows)
    order = np.lexsort((rng.random_sample(n), q.argmax(axis=1), noisy))
    ends = np.cumsum(chances[order])
    # The sum may miss n_rows by rounding.
    places = (rng.random_sample() + np.arange(n_rows)) * (ends[-1] / n_rows)
    rows = order[np.searchsorted(ends, places, side="right").clip(max=n - 1)]
    return RowsToVerify(np.sort(rows), 1 / chances)


def _spread_of_matrix(q: Array, noisy: NDArray[np.intp], T: Array) -> Array:
    """By how much a verified label may move the rows of T."""
    n, K = q.shape
    share = q.mean(axis=0).clip(min=1 / n)
    distance = ((np.eye(K)[:, None] - T[None]) ** 2).sum(axis=2)  # By noisy label and row of T.
    return np.asarray(np.sqrt((q * (1 - q) * distance[noisy] / share**2).sum(axis=1)))


def _chances(spread: Array, n_rows: int) -> Array:
    """Probabilities that sum to `n_rows`, in proportion to the spread where that is at most 1."""
    n = len(spread)
    size = spread / spread.mean() if spread.any() else np.ones(n)
    size = UNIFORM + (1 - UNIFORM) * size
    chances = np.ones(n)
    free = np.ones(n, dtype=bool)
    while free.any():
        left = n_rows - (n - free.sum())
        chances[free] = left * size[free] / size[free].sum()
        above = free & (chances > 1)
        if not above.any():
            break
        chances[above] = 1.0
        free &= ~above
    return chances
