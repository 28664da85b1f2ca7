"""Trusted labels beside noisy ones: how they are read, and what they say of T."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._hints import SEE_ERRORS
from .._labels import MISSING, encode_known_labels
from ._inputs import Array, check_numbers_of_rows

FEWEST = 10
# Rates of wrong labels differ clearly if they are so many standard errors apart.
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


def agreeing(T: Array, trusted: NDArray[np.intp], shares: Array, weights: Array) -> Array:
    """T, or T with the rate of wrong labels of the trusted rows, if they clearly have another."""
    known, identity = np.flatnonzero(trusted != MISSING), np.eye(len(T))
    weights = weights[known] / weights[known].mean()
    rate = 1 - np.diag(T)[trusted[known]]
    expected, n_wrong = weights @ rate, weights @ (1 - shares[known, trusted[known]])
    # Half a label more: of clean labels, say, one may be wrong.
    error = np.sqrt(weights**2 @ (rate * (1 - rate)) + 0.25)
    if abs(n_wrong - expected) <= CONTRADICTED * error:
        return T
    even = one_rate(trusted, shares)
    says_nothing = np.allclose(even, even[0])
    if says_nothing or expected == 0:
        return even
    counted = (n_wrong + 0.5) / (len(known) + 1)
    scaled = identity + counted * len(known) / expected * (T - identity)
    return scaled if np.diag(scaled).min() >= 0 else even


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
