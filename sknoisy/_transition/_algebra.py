"""What follows from a given T."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from ._arrays import Array


def clean_prior(transition_matrix: Array, noisy_prior: Array) -> Array:
    """The clean class prior p on the simplex whose ``p @ T`` is nearest to the noisy prior."""
    # Rows of T sum to 1, so that the least squares solution nearly does; the rest is scale.
    solution, _ = nnls(transition_matrix.T, noisy_prior)
    return solution / solution.sum()


def mix_with_identity(transition_matrix: Array, share: float) -> Array:
    """``a I + (1 - a) T``, a = `share`: better conditioned than T."""
    return share * np.eye(len(transition_matrix)) + (1 - share) * transition_matrix
