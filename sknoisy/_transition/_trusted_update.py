"""What a few labels known to be right say about T."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ._arrays import Array, Codes
from ._fitted_estimate import FittedEstimate
from ._projection import project_posterior
from ._trusted_counts import SUREST, ChosenRows, counts_as_if_random, labels_look_doubtful

# Names are in doubt if exchanging two costs less than this: odds of about 20 to 1.
DOUBTFUL = 3.0
# A row of unknown noisy label counts if it is of its class with at least this probability.
AGREEMENT = 0.9


class TrustedRows(NamedTuple):
    """Calibrated posteriors of the noisy labels of trusted rows, and their clean labels.

    Among the `chosen` rows are their noisy labels; `noisy_shares` are soft labels. None where they
    have none.
    """

    proba: Array
    clean: Codes
    chosen: ChosenRows | None = None
    noisy_shares: Array | None = None


def with_trusted(
    fitted: FittedEstimate, rows: TrustedRows, sharpen: Callable[[Array], Array | None]
) -> FittedEstimate:
    """Name the rows of T by trusted rows, and add what their labels say.

    Rows whose noisy label is known count it. Others count their posterior, if their projection
    agrees that they are of their class: those between two classes would blur T. Where the names
    are in doubt, `sharpen` is asked, which takes T and returns surer posteriors of the clean
    labels of the rows, if it can; it costs a fit. Rows chosen for an improbable label may lie among
    those of any class: they leave the names as they are.
    """
    T = fitted.transition_matrix
    K = len(T)
    order, independent, weights, chosen = np.arange(K), 1.0, None, rows.chosen
    if chosen is None or not labels_look_doubtful(chosen):
        q = project_posterior(rows.proba, T)
        if order_is_doubtful(q, rows.clean, T):
            surer = sharpen(T)
            q = q if surer is None else surer
        order = trusted_order(q, rows.clean, T)
        T = T[order]
    if rows.noisy_shares is not None:
        counts = np.eye(K)[rows.clean].T @ rows.noisy_shares
    elif chosen is not None:
        counts, independent = counts_as_if_random(rows.clean, chosen, T), 1 - chosen.share
        weights = chosen.weights
    else:
        agreement = project_posterior(rows.proba, T)[np.arange(len(rows.clean)), rows.clean]
        agreement[agreement < AGREEMENT] = 0
        counts = np.zeros((K, K))
        np.add.at(counts, rows.clean, agreement[:, None] * rows.proba)
    n_trusted = np.bincount(rows.clean, weights, minlength=K).astype(np.float64)
    return fitted.with_trusted_counts(counts, order, n_trusted, independent)


def trusted_order(q: Array, y_clean: Codes, transition_matrix: Array) -> NDArray[np.intp]:
    """The order of the rows of T under which trusted rows lie where their class lies.

    `q` of shape (n_trusted, n_classes) says how probable it is that a trusted row belongs to each
    row of T, whose rows are perhaps in a wrong order.

    Notes
    -----
    Naming row i of T class k earns ``sum log q_i`` over the trusted rows of class k, and costs
    ``log(max_l T[l, k] / T[i, k]) ** 2``: where labels name their class clearly, a few trusted
    rows that lie among those of another class do not turn T over; where they hardly do, one
    row per class decides. The best assignment is exact.

    A T that is off in all rows puts trusted rows of every class at one row of T, which says
    nothing of names. Another order than the given one must therefore also earn more by how the
    classes differ: with the mean of ``log q_i`` over all trusted rows taken off.
    """
    order = _best_order(_naming_gain(q, y_clean, transition_matrix))
    given = np.arange(len(order))
    by_difference = _naming_gain(q, y_clean, transition_matrix, centred=True)
    return order if by_difference[order, given].sum() > by_difference.trace() else given


def order_is_doubtful(q: Array, y_clean: Codes, transition_matrix: Array) -> bool:
    """Whether another order of two rows of T is nearly as good as that of `trusted_order`."""
    gain = _naming_gain(q, y_clean, transition_matrix)
    ordered = gain[_best_order(gain)]
    chosen = ordered.diagonal()
    lost = chosen[:, None] + chosen[None] - ordered - ordered.T
    others = ~np.eye(len(chosen), dtype=bool)
    return bool((lost[others] < DOUBTFUL).any())


def _naming_gain(
    q: Array, y_clean: Codes, transition_matrix: Array, centred: bool = False
) -> Array:
    """The evidence for giving row i of T the name k, at (i, k)."""
    log_T = np.log(np.maximum(transition_matrix, SUREST))
    gain = -((log_T.max(axis=0) - log_T) ** 2)
    evidence = np.log(np.maximum(q, SUREST))
    if centred:
        evidence -= evidence.mean(axis=0)
    for k in range(len(transition_matrix)):
        gain[:, k] += evidence[y_clean == k].sum(axis=0)
    return gain


def _best_order(gain: Array) -> NDArray[np.intp]:
    rows, names = linear_sum_assignment(gain, maximize=True)
    return rows[np.argsort(names)]
