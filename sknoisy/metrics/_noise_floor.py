"""How low the loss on noisy labels can honestly fall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._transition import check_transition_matrix

FLOOR_LOSSES = ("cross_entropy", "squared_error")


class LossFloor(NamedTuple):
    """What the noise alone costs: mean and standard deviation over examples.

    Attributes
    ----------
    mean : float
        In the units of the loss.
    std : float
        Of a single example: over n rows the floor is known to ``std / sqrt(n)``.

    Examples
    --------
    >>> LossFloor(mean=0.25, std=0.5).mean
    0.25
    """

    mean: float
    std: float


def noise_floor(
    transition_matrix: ArrayLike,
    clean_prior: ArrayLike,
    *,
    base_loss: str = "cross_entropy",
) -> LossFloor:
    """The lowest loss on noisy labels that a classifier can reach without knowing them by heart.

    Both the plain loss of a network trained on noisy labels and the forward-corrected loss stay
    above it on rows that were not learnt. A training loss below it means memorised labels.

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
        Its `mean`, and the standard deviation `std` of a single example.

    Raises
    ------
    ValueError
        If T is not row-stochastic, the prior does not fit it, or the loss has another name.

    Notes
    -----
    For cross-entropy it is the entropy of the noisy label given the clean one,
    ``-sum_i prior_i sum_j T[i, j] log T[i, j]``; for squared error
    ``sum_i prior_i (1 - sum_j T[i, j]^2)``. Since noise depends on the class only, features tell
    no more about the noisy label than the clean label does; where classes overlap they tell
    less, and the lowest honest loss lies higher. The backward-corrected loss estimates the clean
    loss, whose floor is 0.

    Examples
    --------
    >>> floor = noise_floor([[0.8, 0.2], [0.0, 1.0]], [0.5, 0.5])
    >>> round(floor.mean, 4)
    0.2502
    """
    T = check_transition_matrix(transition_matrix)
    prior = np.asarray(clean_prior, dtype=np.float64)
    if prior.shape != (len(T),) or (prior < 0).any() or abs(prior.sum() - 1) > 1e-3:
        raise ValueError(
            f"clean_prior must hold {len(T)} shares >= 0 that sum to 1, one per class; got "
            f"{prior.tolist()}."
        )
    losses = _losses(T, base_loss)
    joint = prior[:, None] * T
    mean = float((joint * losses).sum())
    return LossFloor(mean, float(np.sqrt(max((joint * losses**2).sum() - mean**2, 0))))


def _losses(T: NDArray[np.float64], base_loss: str) -> NDArray[np.float64]:
    """Entry (i, j): what noisy label j costs a network that predicts row i of T."""
    if base_loss == "cross_entropy":
        return -np.log(np.where(T > 0, T, 1))
    if base_loss == "squared_error":
        return (T**2).sum(axis=1, keepdims=True) - 2 * T + 1
    raise ValueError(f"base_loss must be one of {FLOOR_LOSSES}; got {base_loss!r}.")
