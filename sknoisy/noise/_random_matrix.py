"""Random transition matrices, for tests over many kinds of noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._checks import check_integer, check_number
from .._hints import SEE_ERRORS
from .._random import RandomState, random_generator
from ._arguments import check_rate
from ._rounding import shift_to_sum


def random_transition_matrix(
    n_classes: int,
    *,
    trace: float | None = None,
    noise_rate: float | None = None,
    random_state: RandomState = None,
) -> NDArray[np.float64]:
    """Draw a transition matrix of a given trace, or of a given mean noise rate.

    Parameters
    ----------
    n_classes : int
        At least 2.
    trace : float in [0, n_classes], default=None
        Sum of the diagonal. Give either this or `noise_rate`.
    noise_rate : float in [0, 1], default=None
        Mean over classes of the fraction of labels that change: ``1 - trace / n_classes``.
    random_state : int, RandomState or None, default=None
        Draws the matrix.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        The diagonal is uniform in [0, 1], then moved to its sum; the rest of each row is
        uniform over the simplex. The diagonal need not dominate.

    Raises
    ------
    TypeError, ValueError
        If none or both of `trace` and `noise_rate` are given, or a number is out of range.

    See Also
    --------
    structured_transition_matrix : A T of a chosen shape.
    corrupt_labels : Draws labels from such a T.

    Examples
    --------
    >>> T = random_transition_matrix(4, noise_rate=0.3, random_state=0)
    >>> round(float(T.trace()), 6)
    2.8
    """
    K = check_integer(n_classes, "n_classes", 2)
    if (trace is None) == (noise_rate is None):
        raise TypeError(
            f"Give exactly one of trace and noise_rate; got trace={trace!r}, "
            f"noise_rate={noise_rate!r}."
            f" {SEE_ERRORS}"
        )
    if trace is None:
        trace = K * (1 - check_rate(noise_rate))
    trace = check_number(trace, "trace", f"[0, {K}]", hint="It is at most n_classes.")
    rng = random_generator(random_state)
    diagonal = shift_to_sum(rng.random_sample(K), trace)
    others = rng.dirichlet(np.ones(K - 1), size=K) * (1 - diagonal)[:, None]
    T = np.diag(diagonal)
    T[~np.eye(K, dtype=bool)] = others.ravel()
    return T
