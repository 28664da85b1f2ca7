"""The methods of transition_estimation.py.

A function that takes `Seen` chooses from features and noisy labels alone: it has nothing else.
Those that take a `Problem` add the evidence that the name of their rows says.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from transition_bars import PATRINI
from transition_joint import (
    expectation_maximization,
    linear_noise_layer,
    volume_minimization,
)
from transition_problems import Problem, Seen

from sknoisy import TransitionMatrixEstimator, make_net
from sknoisy._transition import (
    cluster_posteriors,
    estimate,
    maximum_trace_order,
    normalize_rows,
    temperature_scaled,
)
from sknoisy.noise import transition_matrix_from_labels


def clustered(proba: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cluster and count: labels in clusters, which are named such that most labels are right."""
    counts = np.zeros((proba.shape[1],) * 2)
    np.add.at(counts, (cluster_posteriors(temperature_scaled(proba, y)), y), 1)
    return normalize_rows(counts[maximum_trace_order(counts)])


def calibrated_percentile(proba: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[A]'s percentile of posteriors that temperature has been scaled to the noisy labels."""
    calibrated = temperature_scaled(proba, y)
    return estimate(calibrated, y, method="anchor", quantile=0.97).transition_matrix


# Name in the table: settings of TransitionMatrixEstimator, all on the same posteriors.
ON_THE_SAME_POSTERIORS: dict[str, dict[str, Any]] = {
    "count": {"method": "count"},
    "confident joint": {"method": "confident_joint"},
    "anchor, prior-scaled": {"method": "anchor"},
    "anchor, 97th percentile": {"method": "anchor", "quantile": 0.97},
    "anchor, 97th percentile, calibrated": {"method": calibrated_percentile},
    "anchor, argmax": {"method": "anchor", "quantile": "argmax"},
    "cluster and count": {"method": clustered},
}
JOINT: dict[str, Callable[[Seen, int], np.ndarray]] = {
    "linear noise layer, joint": linear_noise_layer,
    "volume minimisation, joint": volume_minimization,
    "EM, joint": expectation_maximization,
}


class Remembered(ClassifierMixin, BaseEstimator):
    """A classifier that says what another one said, row by row."""

    def __init__(self, proba: Any = None, classes: Any = None) -> None:
        self.proba = proba
        self.classes = classes

    def fit(self, X: Any, y: Any) -> Remembered:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> Any:
        return self.classes

    def predict_proba(self, X: Any) -> Any:
        return self.proba


class OutOfFold(NamedTuple):
    """Posteriors of the noisy labels, the seconds they took, and whose classes they are."""

    proba: np.ndarray
    classes: np.ndarray
    seconds: float

    def frozen(self) -> FrozenEstimator:
        return FrozenEstimator(Remembered(self.proba, self.classes))


def out_of_fold(seen: Seen, seed: int) -> OutOfFold:
    """What the default estimator's classifiers say of rows that they have not seen."""
    start = time.perf_counter()
    found = quietly(
        TransitionMatrixEstimator(
            seen.classifier, method="count", keep_proba=True, random_state=seed
        ),
        seen,
    )
    return OutOfFold(found.noisy_proba_, found.classes_, time.perf_counter() - start)


def quietly(estimator: Any, seen: Seen, **trusted: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return estimator.fit(seen.X, seen.y, **trusted)


def default_estimate(seen: Seen, posteriors: OutOfFold) -> np.ndarray:
    """T of ``TransitionMatrixEstimator()``, its posteriors not computed again."""
    return quietly(TransitionMatrixEstimator(posteriors.frozen()), seen).transition_matrix_


def estimates(seen: Seen, posteriors: OutOfFold, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name and T of each method that reads posteriors."""
    yield "default", default_estimate(seen, posteriors)
    for name, settings in ON_THE_SAME_POSTERIORS.items():
        # Without keep_proba it would ask for some rows at a time.
        estimator = TransitionMatrixEstimator(posteriors.frozen(), keep_proba=True, **settings)
        yield name, quietly(estimator, seen).transition_matrix_
    theirs = cleanlab_estimate(seen.y, posteriors.proba)
    if theirs is not None:
        yield "cleanlab's confident joint", theirs


def cleanlab_estimate(y: np.ndarray, proba: np.ndarray) -> np.ndarray | None:
    try:
        from cleanlab.count import estimate_py_and_noise_matrices_from_probabilities
    except ImportError:
        return None
    return estimate_py_and_noise_matrices_from_probabilities(y, proba)[1].T


# %% Networks


def patrini_estimate(seen: Seen, seed: int) -> np.ndarray:
    """A network asked about its own training rows; the default one where the problem has none."""
    net = make_net() if seen.net is None else seen.net
    estimator = TransitionMatrixEstimator(
        net, method="anchor", quantile=0.97, cv=None, random_state=seed
    )
    return quietly(estimator, standardized(seen)).transition_matrix_


def network_estimates(seen: Seen, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name and T of each method that trains a network of its own."""
    yield PATRINI, patrini_estimate(seen, seed)
    scaled = standardized(seen)
    for name, learn in JOINT.items():
        yield name, learn(scaled, seed)


def standardized(seen: Seen) -> Seen:
    """What any network would be given in place of raw features."""
    if seen.net is not None:
        return seen
    spread = seen.X.std(axis=0)
    return seen._replace(X=(seen.X - seen.X.mean(axis=0)) / np.where(spread > 0, spread, 1))


# %% With evidence: clean labels, or structure


def counted_estimate(problem: Problem) -> np.ndarray:
    return transition_matrix_from_labels(problem.clean, problem.seen.y)


def trusted_estimates(
    problem: Problem, posteriors: OutOfFold, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """The default with trusted labels for a few random rows of each class, or for many rows."""
    seen = problem.seen
    yield "default", default_estimate(seen, posteriors)
    rng = np.random.default_rng(seed)
    for n_per_class in (1, 10, 100):
        rows = np.concatenate(
            [
                rng.choice(np.flatnonzero(problem.clean == k), n_per_class, replace=False)
                for k in range(len(problem.T))
            ]
        )
        y_trusted = np.full(len(seen.y), np.nan)
        y_trusted[rows] = problem.clean[rows]
        # Where one row per class leaves the names of T in doubt, a classifier is fitted again.
        frozen = n_per_class > 1
        estimator = TransitionMatrixEstimator(
            posteriors.frozen() if frozen else seen.classifier, random_state=seed
        )
        found = quietly(estimator, seen, y_trusted=y_trusted)
        yield f"default, {n_per_class} trusted per class", found.transition_matrix_
        counted = np.eye(len(problem.T))
        np.add.at(counted, (problem.clean[rows], seen.y[rows]), 1)
        yield f"counted from {n_per_class} trusted per class", counted / counted.sum(1)[:, None]


STRUCTURES: dict[str, Any] = {
    "symmetric": "symmetric",
    "shared rate": "shared_rate",
    "zeros": {"zeros": True},
    "prior, half right": {"prior": True, "prior_strength": 100},
}


def structured_estimates(
    problem: Problem, posteriors: OutOfFold, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """What knowledge of the noise adds; zeros are those of the true T."""
    yield "default", default_estimate(problem.seen, posteriors)
    K = len(problem.T)
    for name, structure in STRUCTURES.items():
        if name == "zeros":
            structure = {"zeros": problem.T == 0}
        if name.startswith("prior"):
            structure = {**structure, "prior": (problem.T + np.eye(K)) / 2}
        if name == "symmetric" and not np.allclose(np.ptp(problem.T[~np.eye(K, dtype=bool)]), 0):
            continue
        estimator = TransitionMatrixEstimator(posteriors.frozen(), structure=structure)
        yield f"default, known: {name}", quietly(estimator, problem.seen).transition_matrix_
