"""What more labels would buy: noisy ones, or fewer that can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Array = NDArray[np.float64]

EXPONENTS = np.linspace(0.2, 1.0, 17)
SHARES = (0.125, 0.25, 0.5)
N_REPEATS = 2
MAX_TEST_ROWS = 3000


class LearningCurve(NamedTuple):
    """Accuracy on the clean labels by number of noisy training rows, and its extrapolation.

    `n_rows`, `accuracy` and its standard error `std` have shape (n_sizes,). The error of n rows is
    ``floor + factor * n ** -exponent``; a trusted label counts as `trusted_worth` noisy ones.
    """

    n_rows: Array
    accuracy: Array
    std: Array
    floor: float
    factor: float
    exponent: float
    trusted_worth: float

    def predicted_accuracy(self, n_rows: float, n_trusted: float = 0.0) -> float:
        """Accuracy with so many noisy and so many trusted labels."""
        n = n_rows + self.trusted_worth * n_trusted
        return float(1 - self.floor - self.factor * n**-self.exponent)


def fit_learning_curve(
    n_rows: Array, accuracy: Array, std: Array, trusted_worth: float
) -> LearningCurve:
    """Fit ``error = floor + factor * n ** -exponent``, with no term below zero."""
    weights = 1 / np.maximum(std, 1e-6)
    fits: list[tuple[float, ...]] = []
    for exponent in EXPONENTS:
        terms = np.column_stack([np.ones(len(n_rows)), n_rows**-exponent])
        factors, misfit = nnls(terms * weights[:, None], (1 - accuracy) * weights)
        # Few sizes fit many exponents: prefer the usual one half unless the curve says otherwise.
        fits.append((misfit**2 + 4 * (exponent - 0.5) ** 2, *factors, exponent))
    best = min(fits, key=lambda fit: fit[0])
    _, floor, factor, exponent = map(float, best)
    return LearningCurve(n_rows, accuracy, std, floor, factor, exponent, trusted_worth)


def trusted_worth(clean_proba: Array, transition_matrix: Array) -> float:
    """How many noisy labels inform as much about P(clean | x) as one clean label.

    The ratio of the traces of the Fisher information about the logits, averaged over rows:
    ``J = diag(p) - p p.T`` for clean labels, ``J T diag(1 / (p T)) T.T J`` for noisy ones.
    """
    p = clean_proba
    noisy = np.maximum(p @ transition_matrix, 1e-12)
    clean_information = (p * (1 - p)).sum()
    # Entry (i, k, j) of J T is p_k (T[k, j] - (p T)_j).
    noisy_information = 0.0
    for k in range(p.shape[1]):
        slope = p[:, [k]] * (transition_matrix[k] - p @ transition_matrix)
        noisy_information += float((slope**2 / noisy).sum())
    if noisy_information <= 0:
        return float("inf")
    return float(max(1.0, clean_information / noisy_information))


def measured_learning_curve(
    groups: NDArray[np.intp],
    accuracy_of: Callable[[NDArray[np.intp], NDArray[np.intp]], tuple[float, float]],
    whole: tuple[float, float, float],
    worth: float,
    seed: int,
) -> LearningCurve:
    """Train on shares of the rows, score on others, and fit the curve.

    `groups` numbers the rows; those of one number are never on both sides.
    `accuracy_of(train, test)` gives an accuracy and its standard error; `whole` is the number of
    rows behind the out-of-fold accuracy, that accuracy, and its standard error.
    """
    rng = np.random.default_rng(seed)
    n_samples, n_groups = len(groups), int(groups.max()) + 1
    points = []
    for share in SHARES:
        n_train = int(share * n_samples)
        scores = []
        for _ in range(N_REPEATS):
            place = np.argsort(rng.permutation(n_groups))
            order = np.argsort(place[groups], kind="stable")
            test = order[n_train : n_train + MAX_TEST_ROWS]
            test = test[groups[test] != groups[order[n_train - 1]]]
            scores.append(accuracy_of(order[:n_train], test))
        values, errors = np.array(scores).T
        points.append((n_train, values.mean(), np.sqrt((errors**2).mean() / N_REPEATS)))
    n_rows, accuracy, std = np.array([*points, whole]).T.copy()
    return fit_learning_curve(n_rows, accuracy, std, worth)
