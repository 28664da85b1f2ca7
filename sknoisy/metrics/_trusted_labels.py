"""Trusted labels beside noisy ones: how they are read, and what they say of T."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._hints import SEE_ERRORS
from .._labels import MISSING, encode_known_labels
from ._inputs import Array, check_numbers_of_rows

FEWEST = 10
# T is contradicted by a rate of wrong labels that is so many standard errors off.
CONTRADICTED = 2.0


def read_trusted(
    y_trusted: ArrayLike, classes: NDArray[Any], weights: Array, trusted_weight: ArrayLike | None
) -> tuple[NDArray[np.intp], Array]:
    """Trusted labels as column numbers, `MISSING` where there is none of any weight; weights."""
    n_rows = len(weights)
    trusted = encode_known_labels(
        y_trusted, classes, n_expected=n_rows, name="y_trusted", rows_of="y_noisy"
    )
    if trusted_weight is not None and np.shape(trusted_weight) == (n_rows,):
        trusted_weight = np.where(trusted != MISSING, np.asarray(trusted_weight), 1)
    weights = weights * check_numbers_of_rows(trusted_weight, n_rows, "trusted_weight")
    trusted = np.where(weights > 0, trusted, MISSING)
    n_known = int((trusted != MISSING).sum())
    if n_known < FEWEST:
        raise ValueError(
            f"y_trusted must hold at least {FEWEST} labels of rows with a positive weight, the "
            f"others NaN or None; got {n_known}. sknoisy.inspection.rows_to_verify says which rows "
            f"to have labelled. {SEE_ERRORS}"
        )
    return trusted, weights


def is_contradicted(T: Array, trusted: NDArray[np.intp], shares: Array, weights: Array) -> bool:
    """Whether trusted rows have clearly more, or fewer, wrong labels than T says."""
    known = np.flatnonzero(trusted != MISSING)
    weights = weights[known] / weights[known].mean()
    rate = 1 - np.diag(T)[trusted[known]]
    more = 1 - shares[known, trusted[known]] - rate
    # Half a label more: of clean labels, say, one may be wrong.
    error = np.sqrt(weights**2 @ (rate * (1 - rate)) + 0.25)
    return bool(abs(weights @ more) > CONTRADICTED * error)


def one_rate(trusted: NDArray[np.intp], shares: Array) -> Array:
    """T of labels that are wrong at one rate, which is counted at the trusted rows.

    Labels that may be as wrong as labels drawn at random say nothing: what they would say of the
    posteriors, by a rate that is a little off, is wrong.
    """
    known, K = np.flatnonzero(trusted != MISSING), shares.shape[1]
    if K == 1:
        return np.eye(1)
    # Half a right and half a wrong label more: no rate from few rows is sure to be 0.
    n_wrong = 0.5 + len(known) - shares[known, trusted[known]].sum()
    rate, at_random = n_wrong / (len(known) + 1), (K - 1) / K
    if rate > at_random - CONTRADICTED * np.sqrt(at_random / K / len(known)):
        rate = at_random
    return np.asarray((1 - rate - rate / (K - 1)) * np.eye(K) + rate / (K - 1))
