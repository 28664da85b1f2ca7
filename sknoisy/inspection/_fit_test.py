"""Does noise that depends on the class alone explain the labels?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]

SURE_SHARE, UNSURE_SHARE = 0.5, 0.25
N_BINS = 10


class ClassConditionalTest(NamedTuple):
    """What :func:`class_conditional_test` returns.

    Attributes
    ----------
    statistic : float
        By how much more often labels agree with the classes where rows are sure than where they
        are not, beyond what T and the overlap of the classes explain; in [-1, 1].
    std : float
        Its standard error.
    p_value : float
        Of the hypothesis that the statistic is at most `tolerance`.
    tolerance : float
        What a wrong shape of the classes is allowed to explain.
    sureness, observed, expected, bin_std : ndarray of shape (n_bins,)
        By tenths of the rows, the least sure first: mean sureness, share of labels that agree,
        the share expected, and its standard error.
    """

    statistic: float
    std: float
    p_value: float
    tolerance: float
    sureness: Array
    observed: Array
    expected: Array
    bin_std: Array


def class_conditional_test(
    y: NDArray[np.integer],
    clean_proba: Array,
    transition_matrix: Array,
    sureness: Array,
    *,
    tolerance: float,
) -> ClassConditionalTest:
    """Compare labels of sure and unsure rows with what T predicts for them.

    Parameters
    ----------
    y : ndarray of int of shape (n_samples,)
        Noisy labels.
    clean_proba : ndarray of shape (n_samples, n_classes)
        Clean posteriors p that do not follow the labels of single rows: from the shape of the
        classes, or one-hot where clean labels are known.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        T fitted to the same labels, so that agreement is right on average.
    sureness : ndarray of shape (n_samples,)
        What to sort by, made without the row's own label.
    tolerance : float
        See `ClassConditionalTest`.

    Returns
    -------
    ClassConditionalTest

    Notes
    -----
    With k(x) the most probable class, ``r = 1[y = k] - (p T)_k`` has mean zero at every x if
    noise depends on the class alone. The statistic is the mean of r over the surer half of the
    rows less that over the least sure quarter.

    Examples
    --------
    >>> import numpy as np
    >>> sureness = np.linspace(0, 1, 1000)
    >>> y = (sureness < 0.25).astype(int)  # All labels of the least sure rows are wrong.
    >>> proba, T = np.tile([1.0, 0.0], (1000, 1)), np.array([[0.75, 0.25], [0.25, 0.75]])
    >>> class_conditional_test(y, proba, T, sureness, tolerance=0.2).statistic
    1.0
    """
    own = np.arange(len(y)), clean_proba.argmax(axis=1)
    expected = (clean_proba @ transition_matrix)[own]
    agrees = (y == own[1]).astype(np.float64)
    residual = agrees - expected
    order = np.argsort(sureness, kind="stable")
    unsure = residual[order[: max(1, int(UNSURE_SHARE * len(y)))]]
    sure = residual[order[int((1 - SURE_SHARE) * len(y)) :]]
    statistic = float(sure.mean() - unsure.mean())
    std = float(np.sqrt(sure.var() / len(sure) + unsure.var() / len(unsure)))
    bins = np.array_split(order, N_BINS)
    return ClassConditionalTest(
        statistic=statistic,
        std=std,
        p_value=float(norm.sf((statistic - tolerance) / max(std, 1e-12))),
        tolerance=tolerance,
        sureness=np.array([sureness[rows].mean() for rows in bins]),
        observed=np.array([agrees[rows].mean() for rows in bins]),
        expected=np.array([expected[rows].mean() for rows in bins]),
        bin_std=np.array([residual[rows].std() / np.sqrt(len(rows)) for rows in bins]),
    )
