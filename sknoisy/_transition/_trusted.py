"""What a few labels known to be right say about T."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaln

from ._projection import project_posterior

# No single trusted row, and no single label, is believed beyond this.
SUREST = 0.01
# Names are in doubt if exchanging two costs less than this: odds of about 20 to 1.
DOUBTFUL = 3.0
STRENGTHS = np.geomspace(3, 3000, 40)
# Before any evidence: the estimate without trusted labels is worth some 100 rows per class,
# give or take a factor of about five.
LOG_STRENGTH_MEAN, LOG_STRENGTH_SPREAD = np.log(100), 1.5


def trusted_order(
    noisy_proba: NDArray[np.float64],
    y_clean: NDArray[np.integer],
    transition_matrix: NDArray[np.float64],
    *,
    posterior: NDArray[np.float64] | None = None,
) -> NDArray[np.intp]:
    """The order of the rows of T under which trusted rows lie where their class lies.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_trusted, n_classes)
        Calibrated posteriors of the noisy labels of the trusted rows.
    y_clean : ndarray of int of shape (n_trusted,)
        Their clean labels.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        T, its rows perhaps in a wrong order.
    posterior : ndarray of shape (n_trusted, n_classes), default=None
        How probable it is that a trusted row belongs to each row of T; default the projection
        of `noisy_proba`.

    Returns
    -------
    ndarray of int of shape (n_classes,)
        ``transition_matrix[order]`` has its rows named.

    Notes
    -----
    With q the projection of a trusted row's posterior on the rows of T, naming row i of T class
    k earns ``sum log q_i`` over the trusted rows of class k, and costs
    ``log(max_l T[l, k] / T[i, k]) ** 2``: where labels name their class clearly, a few trusted
    rows that lie among those of another class do not turn T over; where they hardly do, one
    row per class decides. The best assignment is exact.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.55, 0.45], [0.4, 0.6]])
    >>> trusted_order(T, np.array([1, 0]), T)
    array([1, 0])
    """
    q = project_posterior(noisy_proba, transition_matrix) if posterior is None else posterior
    rows, names = linear_sum_assignment(_naming_gain(q, y_clean, transition_matrix), maximize=True)
    return rows[np.argsort(names)]


def order_is_doubtful(
    noisy_proba: NDArray[np.float64],
    y_clean: NDArray[np.integer],
    transition_matrix: NDArray[np.float64],
) -> bool:
    """Whether another order of two rows of T is nearly as good as that of `trusted_order`.

    Parameters
    ----------
    noisy_proba, y_clean, transition_matrix
        As for :func:`trusted_order`.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.55, 0.45], [0.4, 0.6]])
    >>> order_is_doubtful(T, np.array([1, 0]), T)
    False
    >>> order_is_doubtful(np.full((1, 2), 0.5), np.array([1]), T)
    True
    """
    q = project_posterior(noisy_proba, transition_matrix)
    gain = _naming_gain(q, y_clean, transition_matrix)
    rows, names = linear_sum_assignment(gain, maximize=True)
    ordered = gain[rows[np.argsort(names)]]
    own = ordered.diagonal()
    lost = own[:, None] + own[None] - ordered - ordered.T
    others = ~np.eye(len(own), dtype=bool)
    return bool((lost[others] < DOUBTFUL).any())


def _naming_gain(
    q: NDArray[np.float64], y_clean: NDArray[np.integer], transition_matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What speaks for giving row i of T the name k, at (i, k)."""
    log_T = np.log(np.maximum(transition_matrix, SUREST))
    gain = -((log_T.max(axis=0) - log_T) ** 2)
    evidence = np.log(np.maximum(q, SUREST))
    for k in range(len(transition_matrix)):
        gain[:, k] += evidence[y_clean == k].sum(axis=0)
    return gain


def trusted_counts(
    y_clean: NDArray[np.integer],
    y: NDArray[np.integer],
    n_classes: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """How often rows of a clean label carry each noisy label.

    Examples
    --------
    >>> import numpy as np
    >>> trusted_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1., 1.],
           [0., 1.]])
    """
    cells = np.bincount(y_clean * n_classes + y, weights=weights, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.float64)


def trusted_posterior(
    transition_matrix: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Dirichlet parameters of each row of T: the estimate without trusted labels, plus counts.

    One trusted label changes little, thousands take over.

    Parameters
    ----------
    transition_matrix : ndarray of shape (n_classes, n_classes)
        T as estimated without trusted labels, all entries positive.
    counts : ndarray of shape (n_classes, n_classes)
        Noisy labels (columns) of the rows whose clean label (rows) is trusted.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Row i of T is Dirichlet with these parameters; their shares are its mean.

    Notes
    -----
    ``alpha_ij = s T_ij + c_ij``. The strength s, how many trusted rows the estimate is worth,
    maximises the likelihood of the Dirichlet-multinomial over all rows times a broad belief
    (log-normal about 100).

    References
    ----------
    .. [1] Hendrycks et al., "Using Trusted Data to Train Deep Networks on Labels Corrupted by
       Severe Noise", NeurIPS 2018 (the gold estimate, which this is without the first term).

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> alpha = trusted_posterior(T, np.array([[600.0, 400.0], [0.0, 1.0]]))
    >>> (alpha / alpha.sum(axis=1, keepdims=True)).round(1)
    array([[0.6, 0.4],
           [0.1, 0.9]])
    """
    totals = counts.sum(axis=1)
    likelihood = [
        np.sum(gammaln(s) - gammaln(s + totals))
        + np.sum(gammaln(s * transition_matrix + counts) - gammaln(s * transition_matrix))
        for s in STRENGTHS
    ]
    belief = -(((np.log(STRENGTHS) - LOG_STRENGTH_MEAN) / LOG_STRENGTH_SPREAD) ** 2) / 2
    strength = STRENGTHS[np.argmax(np.array(likelihood) + belief)]
    return strength * transition_matrix + counts
