"""What follows from a given T."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls


def clean_prior(
    transition_matrix: NDArray[np.float64], noisy_prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The clean class prior p on the simplex whose ``p @ T`` is nearest to the noisy prior.

    Parameters
    ----------
    transition_matrix : ndarray of shape (n_classes, n_classes)
        Rows sum to 1.
    noisy_prior : ndarray of shape (n_classes,)
        Shares of the noisy labels.

    Returns
    -------
    ndarray of shape (n_classes,)

    Examples
    --------
    >>> import numpy as np
    >>> clean_prior(np.array([[0.8, 0.2], [0.0, 1.0]]), np.array([0.4, 0.6])).round(6)
    array([0.5, 0.5])
    """
    # Rows of T sum to 1, so that the least squares solution nearly does; the rest is scale.
    solution, _ = nnls(transition_matrix.T, noisy_prior)
    return solution / solution.sum()


def mix_with_identity(transition_matrix: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """``a I + (1 - a) T``, which is better conditioned than T.

    Parameters
    ----------
    transition_matrix : ndarray of shape (n_classes, n_classes)
        Rows sum to 1.
    share : float in [0, 1]
        The weight a of the identity.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> mix_with_identity(np.array([[0.5, 0.5], [0.5, 0.5]]), 0.2)
    array([[0.6, 0.4],
           [0.4, 0.6]])
    """
    return share * np.eye(len(transition_matrix)) + (1 - share) * transition_matrix
