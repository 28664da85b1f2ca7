"""The lowest loss on noisy labels without memorising them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_numbers, check_option
from .._hints import SEE_ERRORS
from .._transition import check_transition_matrix


class LossFloor(NamedTuple):
    """What the noise alone costs.

    Attributes
    ----------
    mean, std : float
        Mean and standard deviation over examples: of n rows, the standard error is
        ``std / sqrt(n)``.

    See Also
    --------
    noise_floor : Returns it.

    Examples
    --------
    >>> LossFloor(mean=0.25, std=0.5).mean
    0.25
    """

    mean: float
    std: float


def noise_floor(
    transition_matrix: ArrayLike, clean_prior: ArrayLike, *, base_loss: str = "cross_entropy"
) -> LossFloor:
    """The lowest loss on noisy labels that a classifier can reach without memorising them.

    A plain or forward-corrected training loss below it means memorised labels.

    Parameters
    ----------
    transition_matrix : array-like of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1.
    clean_prior : array-like of shape (n_classes,)
        Shares of the clean classes, summing to 1.
    base_loss : {"cross_entropy", "squared_error"}, default="cross_entropy"
        The loss, in nats for cross-entropy.

    Returns
    -------
    LossFloor

    Raises
    ------
    ValueError
        If T is not row-stochastic, or the prior or the loss does not fit.

    See Also
    --------
    LossFloor : What it returns.
    sknoisy.callbacks.NoiseFloor : Compares the training loss with it.

    Notes
    -----
    For cross-entropy the entropy of the noisy label given the clean one,
    ``-sum_i prior_i sum_j T[i, j] log T[i, j]``; for squared error
    ``sum_i prior_i (1 - sum_j T[i, j]^2)``. Where classes overlap, the floor lies higher. The
    backward-corrected loss estimates the clean loss, whose floor is 0.

    Examples
    --------
    >>> floor = noise_floor([[0.8, 0.2], [0.0, 1.0]], [0.5, 0.5])
    >>> round(floor.mean, 4)
    0.2502
    """
    check_option(base_loss, "base_loss", ("cross_entropy", "squared_error"))
    T = check_transition_matrix(transition_matrix)
    prior = check_numbers(clean_prior, "clean_prior", f"({len(T)},)")
    # Written so that NaN fails too.
    if prior.shape != (len(T),) or not ((prior >= 0).all() and abs(prior.sum() - 1) <= 1e-3):
        raise ValueError(
            f"clean_prior must hold {len(T)} shares >= 0 that sum to 1, one per class; got "
            f"{prior.tolist()}."
            f" {SEE_ERRORS}"
        )
    if base_loss == "cross_entropy":  # Entry (i, j): what label j costs a prediction of row i.
        losses = -np.log(np.where(T > 0, T, 1))
    else:
        losses = (T**2).sum(axis=1, keepdims=True) - 2 * T + 1
    joint = prior[:, None] * T
    mean = float((joint * losses).sum())
    return LossFloor(mean, float(np.sqrt(max((joint * losses**2).sum() - mean**2, 0))))
