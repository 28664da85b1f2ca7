"""Structured noise: wrong labels that prefer some classes to others, by degree."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_number, check_option
from .._hints import SEE_ERRORS
from .._random import RandomState, random_generator


def structured_transition_matrix(
    confusion_order: ArrayLike,
    alpha: float,
    delta: float,
    *,
    ranking: str = "confusion",
    part: str = "all",
    random_state: RandomState = None,
) -> NDArray[np.float64]:
    """Noise whose wrong labels range from uniform to a false class that ties with the truth.

    Parameters
    ----------
    confusion_order : array-like of int of shape (n_classes, n_classes - 1)
        Row i lists the other classes, that most confused with i first; from `confusion_order`.
    alpha : float
        Noisy examples per clean one, >= 0.
    delta : float in [0, 1]
        Degree of structure. No more than ``alpha / n_classes``: beyond, the last class would
        get a negative probability.
    ranking : {"confusion", "reverse", "random"}, default="confusion"
        Which false classes get the larger share: those most confused with the truth, those
        least confused, or others at random for every class.
    part : {"all", "noisy"}, default="all"
        The matrix of clean and noisy examples together, or that of the noisy ones alone, as
        `dilute` takes it.
    random_state : int, RandomState or None, default=None
        Only for ``ranking="random"``.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Rows hold the same probabilities in other orders.

    Raises
    ------
    TypeError, ValueError
        If `alpha` or `delta` is out of range, or `confusion_order` is not such an order.

    See Also
    --------
    confusion_order : The order of the classes that it can follow.
    symmetric_transition_matrix : All wrong labels are equally likely.
    corrupt_labels : Draws labels from such a T.

    Notes
    -----
    The structured label-swapping of Rolnick et al., "Deep Learning is Robust to Massive Label
    Noise", 2017. With m classes and the clean fraction ``eps = 1 / (1 + alpha)``, the true class
    has ``p_c = eps + (1 - eps) / m``, the false ones have ``p_bar = (1 - p_c) / (m - 1)`` on
    average, and that of rank r = 1, ..., m - 1 has
    ``p_bar + delta * (p_c - p_bar) * (1 - 2 * (r - 1) / (m - 2))``. With two classes there is
    but one false class, and `delta` changes nothing.

    Examples
    --------
    >>> order = [[1, 2, 3], [0, 2, 3], [3, 0, 1], [2, 0, 1]]
    >>> structured_transition_matrix(order, alpha=4, delta=1).round(2)
    array([[0.4, 0.4, 0.2, 0. ],
           [0.4, 0.4, 0.2, 0. ],
           [0.2, 0. , 0.4, 0.4],
           [0.2, 0. , 0.4, 0.4]])
    """
    order = _check_order(confusion_order)
    clean_fraction = 1 / (1 + check_number(alpha, "alpha", "[0, inf)"))
    delta = check_number(delta, "delta", "[0, 1]")
    check_option(part, "part", ("all", "noisy"))
    if check_option(ranking, "ranking", ("confusion", "reverse", "random")) == "reverse":
        order = order[:, ::-1]
    elif ranking == "random":
        rng = random_generator(random_state)
        order = np.array([rng.permutation(row) for row in order])
    T = _by_rank(order, clean_fraction, delta)
    if part == "all":
        return T
    if clean_fraction == 1:
        raise ValueError(f'alpha must be positive for part="noisy"; got {alpha!r}. {SEE_ERRORS}')
    return (T - clean_fraction * np.eye(len(T))) / (1 - clean_fraction)


def _by_rank(order: NDArray[np.intp], clean_fraction: float, delta: float) -> NDArray[np.float64]:
    m = len(order)
    true_share = clean_fraction + (1 - clean_fraction) / m
    mean_false_share = (1 - true_share) / (m - 1)
    tilt = np.linspace(1, -1, m - 1) if m > 2 else np.zeros(1)
    false_shares = mean_false_share + delta * (true_share - mean_false_share) * tilt
    # A delta right at its bound may miss 0 by rounding.
    if false_shares.min() < -1e-12:
        raise ValueError(
            f"delta must be at most alpha / n_classes = {(1 / clean_fraction - 1) / m:.6g} here, "
            f"else the last class gets a negative probability; got {delta!r}. Raise alpha or "
            f"lower delta."
            f" {SEE_ERRORS}"
        )
    T = np.empty((m, m))
    np.put_along_axis(T, order, np.broadcast_to(false_shares.clip(min=0), order.shape), axis=1)
    np.fill_diagonal(T, true_share)
    return T


def _check_order(confusion_order: ArrayLike) -> NDArray[np.intp]:
    try:
        order = np.asarray(confusion_order)
    except ValueError as error:
        raise ValueError(
            f"confusion_order must have rows of the same length, n_classes - 1: {error}"
            f" {SEE_ERRORS}"
        ) from error
    m = len(order) if order.ndim == 2 else 0
    if m < 2 or order.shape != (m, m - 1):
        raise ValueError(
            f"confusion_order must have shape (n_classes, n_classes - 1); got {order.shape}."
            f" {SEE_ERRORS}"
        )
    for i, row in enumerate(order):
        others = [j for j in range(m) if j != i]
        if sorted(row.tolist()) != others:
            raise ValueError(
                f"Row {i} of confusion_order must hold each of the other classes once, "
                f"{others[:5]}...; got {row.tolist()}."
                f" {SEE_ERRORS}"
            )
    return order.astype(np.intp)
