"""Clean posteriors from noisy ones: the nearest mixture of the rows of T."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Keeps a posterior of a label that T excludes from dividing by zero.
TINY = 1e-6
UNDERFLOW = 1e-30
BLOCK = 2048


def project_posterior(
    noisy_proba: NDArray[np.float64],
    transition_matrix: NDArray[np.float64],
    *,
    n_rounds: int = 60,
    start: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """The clean posterior q whose ``q @ T`` is nearest to a noisy posterior.

    Unlike ``noisy_proba @ inv(T)`` it is a probability, and needs no inverse.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_samples, n_classes)
        Posteriors g of the noisy labels.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        Rows sum to 1.
    n_rounds : int, default=60
        Rounds of the multiplicative update.
    start : ndarray of shape (n_samples, n_classes), default=None
        Positive posteriors to start from; default the uniform ones.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows sum to 1.

    Notes
    -----
    Minimises the Kullback-Leibler divergence of g from ``q @ T`` by the updates
    ``q <- q * ((g / (q @ T)) @ T.T)`` of expectation-maximisation, which stay on the simplex.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.8, 0.2], [0.3, 0.7]])
    >>> project_posterior(np.array([[0.55, 0.45], [0.95, 0.05]]), T).round(2)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    T = np.maximum(transition_matrix, TINY)
    q = np.full(noisy_proba.shape, 1 / len(T)) if start is None else start.copy()
    for first in range(0, len(q), BLOCK):
        _project_block(noisy_proba[first : first + BLOCK], T, q[first : first + BLOCK], n_rounds)
    return q


def _project_block(
    noisy_proba: NDArray[np.float64], T: NDArray[np.float64], q: NDArray[np.float64], n_rounds: int
) -> None:
    """In place, and in blocks that stay in the processor's cache."""
    mixed, factor, transposed = np.empty_like(q), np.empty_like(q), T.T.copy()
    for _ in range(n_rounds):
        np.matmul(q, T, out=mixed)
        np.divide(noisy_proba, mixed, out=mixed)
        np.matmul(mixed, transposed, out=factor)
        q *= factor
        np.maximum(q, UNDERFLOW, out=q)  # Arithmetic with denormal numbers is slow.
    q /= q.sum(axis=1, keepdims=True)


def held_out_losses(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    transition_matrix: NDArray[np.float64],
    *,
    start: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """How well T explains noisy labels: ``-log (q @ T)[y]`` of each row, q projected.

    Needs no clean label. A T whose rows lie too far inside cannot reach the posteriors, one
    whose rows lie too far outside does not pull their errors in; both predict labels worse.
    The labels must have served neither T nor the posteriors of their rows.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_samples, n_classes)
        Calibrated posteriors of the noisy labels.
    y : ndarray of int of shape (n_samples,)
        Noisy labels.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        The candidate.
    start : ndarray of shape (n_samples, n_classes), default=None
        Where the projection starts.

    Returns
    -------
    ndarray of shape (n_samples,)

    Examples
    --------
    >>> import numpy as np
    >>> proba, y = np.array([[0.8, 0.2], [0.2, 0.8]]), np.array([0, 1])
    >>> held_out_losses(proba, y, np.eye(2)).round(4)
    array([0.2231, 0.2231])
    """
    T = np.maximum(transition_matrix, TINY)
    q = project_posterior(noisy_proba, T, start=start)
    return -np.log((q * T.T[y]).sum(axis=1))
