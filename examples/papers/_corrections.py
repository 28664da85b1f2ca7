"""Train one network with one loss on one kind of noise, and score it on clean test labels."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from _experiments import Context
from _problems import load, network, noise_matrix
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
)
from sknoisy.metrics import transition_matrix_error
from sknoisy.noise import corrupt_labels

# Hyperparameters as in the paper; unhinged and sigmoid are batch-normalised by default.
LOSS_PARAMS = {"bootstrap_soft": {"beta": 0.95}, "bootstrap_hard": {"beta": 0.8}}
# The estimate of T of the paper: the posterior at a fixed quantile, of one network that is asked
# about the rows it was trained on. Ours is the default of the estimator.
ESTIMATES: dict[str, dict[str, Any]] = {
    "estimated": {},
    "paper": {"method": "anchor", "quantile": 0.97, "cv": None},
}
CORRECTIONS = {"forward": ForwardCorrectedClassifier, "backward": BackwardCorrectedClassifier}
# Algorithm 1: "potentially utilizing the first network to help initializing the second one". From
# there the backward correction, whose loss has no lower bound, runs away. Without a first network
# an epoch of plain cross-entropy keeps the forward correction from losing whole classes.
SETTINGS: dict[str, dict[str, Any]] = {
    "forward": {"start": "first_stage", "warm_up": 1},
    "backward": {"base_loss": "cross_entropy"},
}


class FirstStage(NamedTuple):
    """A fitted estimator of T, the seconds it took and what it warned of."""

    estimator: Any
    seconds: float
    warnings: list[str]


def run_correction(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    """Noisy labels from a true T, then one training; accuracy in percent."""
    s = settings
    problem = load(s["data"], context.data_home, s["n_train"])
    T = noise_matrix(s["data"], s["noise"], s["rate"], problem.n_classes)
    y_noisy = noisy_labels(problem.y, T, seed)
    net = network(s["network"], s["epochs"], seed, context.device)
    start, earlier = time.perf_counter(), 0.0
    if s["T"] is None:
        params = LOSS_PARAMS.get(s["loss"])
        clf = RobustLossClassifier(net, loss=s["loss"], loss_params=params, random_state=seed)
    else:
        given: Any = T
        if s["T"] in ESTIMATES:
            stage = first_stage(
                *(s[k] for k in ("data", "network", "noise", "rate", "T", "epochs", "n_train")),
                seed,
                context,
            )
            given, earlier = FrozenEstimator(stage.estimator), stage.seconds
            for message in stage.warnings:  # Of every run that uses it, not of the first only.
                warnings.warn(message, UserWarning, stacklevel=2)
            start = time.perf_counter()
        clf = CORRECTIONS[s["loss"]](
            net, transition_matrix=given, random_state=seed, **SETTINGS[s["loss"]]
        )
    clf.fit(problem.X, y_noisy)
    seconds = earlier + time.perf_counter() - start
    return {
        "accuracy": round(100 * clf.score(problem.X_test, problem.y_test), 2),
        "T_error": T_error(clf, T) if s["T"] in ESTIMATES else None,
        "kept_epoch": kept_epoch(clf),
        "seconds": seconds,
    }


@lru_cache(maxsize=1)
def first_stage(
    data: str,
    network_name: str,
    noise: str,
    rate: float,
    estimate: str,
    epochs: int,
    n_train: int | None,
    seed: int,
    context: Context,
) -> FirstStage:
    """The estimate of T, kept for the next run: both corrections use the same one."""
    problem = load(data, context.data_home, n_train)
    T = noise_matrix(data, noise, rate, problem.n_classes)
    net = network(network_name, epochs, seed, context.device)
    estimator = TransitionMatrixEstimator(net, random_state=seed, **ESTIMATES[estimate])
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        estimator.fit(problem.X, noisy_labels(problem.y, T, seed))
    seconds = time.perf_counter() - start
    return FirstStage(estimator, seconds, [str(warning.message) for warning in caught])


def noisy_labels(y: NDArray[Any], T: NDArray[np.float64], seed: int) -> NDArray[Any]:
    return corrupt_labels(y, T, random_state=seed)


def T_error(clf: Any, T: NDArray[np.float64]) -> float:
    """Mean over classes of the L1 distance between the rows."""
    return round(float(transition_matrix_error(T, clf.transition_matrix_)), 4)


def kept_epoch(clf: Any) -> int:
    """The epoch with the lowest loss on the held-out noisy labels, whose weights are kept."""
    best = [
        callback for _, callback in clf.estimator_.callbacks_ if hasattr(callback, "best_epoch_")
    ]
    return best[0].best_epoch_ if best else clf.n_iter_
