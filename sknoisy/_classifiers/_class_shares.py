"""Does a network predict all classes? Judged from noisy labels and T, without clean labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._net import predict_proba
from .._transition import MIN_ROWS_PER_CLASS, clean_prior
from .._validation import TrainingSet, take_rows
from .._warn import warn

# Rows that the network is asked about.
ROWS_ASKED = 2000
# A class is lost with less than this share of what it should have.
LOST = 0.1
# A network that predicts one class for so many of the rows has learnt no more than the shares of
# the classes. Classes of less than this part of an even share may merely be hard.
ONE_CLASS, LARGE = 0.995, 0.5
# Standard errors that a share must reach to be expected at all; T may not be exact either.
UNCERTAIN = 4.0


def warn_of_lost_classes(
    net: Any, data: TrainingSet, transition_matrix: NDArray[np.float64]
) -> None:
    """Warn if classes that y and T imply have hardly any mean posterior, or only one is predicted.

    Not where rows have weights: these say nothing of the shares of the classes. A network that
    learnt nothing but these shares has right mean posteriors, and predicts one class.
    """
    if data.loss_weight is not None:
        return
    n_rows = len(data.y)
    rows = np.unique(np.linspace(0, n_rows - 1, min(n_rows, ROWS_ASKED)).astype(np.intp))
    implied, expected = implied_shares(data.y, transition_matrix, n_asked=len(rows))
    proba = predict_proba(net, take_rows(data.X, rows))
    shares = proba.mean(axis=0)
    predicted = np.bincount(proba.argmax(axis=1), minlength=len(shares)) / len(rows)
    lost = np.flatnonzero(expected & (shares < LOST * implied))
    if len(lost):
        k = lost[0]
        warn(
            f"Training ended in a minimum that lost the classes "
            f"{data.classes[lost].tolist()}: class {data.classes.tolist()[k]!r} should make "
            f"up {implied[k]:.1%} of the rows by y and the transition matrix, but its "
            f"mean posterior is {shares[k]:.1%}. Scale the features, raise warm_up, start from "
            f"the first stage, or try another random_state."
        )
    elif predicted.max() >= ONE_CLASS and (expected & (implied >= LARGE / len(implied))).sum() > 1:
        k = predicted.argmax()
        warn(
            f"The network predicts one class, {data.classes.tolist()[k]!r}, for {predicted[k]:.1%} "
            f"of the rows, but that should be {implied[k]:.1%} by y and the transition matrix. "
            f"Unless the features say nothing of the classes, the training was too short or did "
            f"not work: scale the features, raise max_epochs or lr, or try another random_state."
        )


def implied_shares(
    y: NDArray[np.integer], transition_matrix: NDArray[np.float64], *, n_asked: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Shares of the clean classes by y and T, and which are large enough to be looked for."""
    K = len(transition_matrix)
    noisy = np.bincount(y, minlength=K) / len(y)
    implied = clean_prior(transition_matrix, noisy)
    uncertain = UNCERTAIN * _standard_errors(transition_matrix, noisy, len(y))
    expected = implied > np.maximum(0.25 / K, uncertain)
    return implied, expected & (implied * n_asked >= MIN_ROWS_PER_CLASS)


def _standard_errors(
    transition_matrix: NDArray[np.float64], noisy: NDArray[np.float64], n_rows: int
) -> NDArray[np.float64]:
    """Of the implied shares: the sampling error of those of the labels, times inv(T)."""
    try:
        inverse = np.linalg.inv(transition_matrix)
    except np.linalg.LinAlgError:
        return np.full(len(noisy), np.inf)
    return np.sqrt(np.maximum(noisy @ inverse**2 - (noisy @ inverse) ** 2, 0) / n_rows)
