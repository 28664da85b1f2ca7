"""Clean posteriors from noisy ones: the nearest mixture of the rows of T."""

from __future__ import annotations

import numpy as np

from ._arrays import Array, Codes

# Keeps a posterior of a label that T excludes from dividing by zero.
SMALLEST_ENTRY = 1e-6
UNDERFLOW = 1e-30
BLOCK = 2048


def project_posterior(
    noisy_proba: Array, transition_matrix: Array, *, n_rounds: int = 60, start: Array | None = None
) -> Array:
    """The clean posterior q whose ``q @ T`` is nearest to a noisy posterior g.

    Unlike ``g @ inv(T)`` it is a probability, and needs no inverse. `start` holds positive
    posteriors to start from; default the uniform ones.

    Notes
    -----
    Minimises the Kullback-Leibler divergence of g from ``q @ T`` by the updates
    ``q <- q * ((g / (q @ T)) @ T.T)`` of expectation-maximisation, which stay on the simplex.
    """
    T = np.maximum(transition_matrix, SMALLEST_ENTRY)
    q = np.full(noisy_proba.shape, 1 / len(T)) if start is None else start.copy()
    for first in range(0, len(q), BLOCK):
        _project_block(noisy_proba[first : first + BLOCK], T, q[first : first + BLOCK], n_rounds)
    return q


def _project_block(noisy_proba: Array, T: Array, q: Array, n_rounds: int) -> None:
    """In place, and in blocks that stay in the processor's cache."""
    mixed, factor, transposed = np.empty_like(q), np.empty_like(q), T.T.copy()
    for _ in range(n_rounds):
        np.matmul(q, T, out=mixed)
        np.divide(noisy_proba, mixed, out=mixed)
        np.matmul(mixed, transposed, out=factor)
        q *= factor
        np.maximum(q, UNDERFLOW, out=q)  # Arithmetic with denormal numbers is slow.
    q /= q.sum(axis=1, keepdims=True)


def held_out_losses(noisy_proba: Array, y: Codes, transition_matrix: Array) -> Array:
    """How well T explains noisy labels: ``-log (q @ T)[y]`` of each row, q projected.

    Needs no clean label. A T whose rows lie too far inside cannot reach the posteriors, one
    whose rows lie too far outside does not pull their errors in; both predict labels worse.
    The posteriors are calibrated; the labels must have served neither T nor the posteriors of
    their rows.
    """
    T = np.maximum(transition_matrix, SMALLEST_ENTRY)
    q = project_posterior(noisy_proba, T)
    return -np.log((q * T.T[y]).sum(axis=1))
