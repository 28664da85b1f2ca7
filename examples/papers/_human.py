"""Human label noise: CIFAR-10N, with and without trusted labels."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from _corrections import CORRECTIONS, T_error, kept_epoch
from _experiments import Context
from _problems import FEATURES, balanced_rows, load, network
from numpy.typing import NDArray

from sknoisy import RobustLossClassifier, TransitionMatrixEstimator, datasets
from sknoisy.noise import transition_matrix_from_labels

# What the trusted labels serve for.
FOR_T = "for T"
ALONE = "alone"
FOR_TRAINING = "for T and training"
FOR_TUNING = "for T, training and fine-tuning"
TRUSTED_SHARE = 0.1
LINEAR_HEAD = "linear head"


def run_human(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    """One training on labels given by people; accuracy in percent on clean test labels."""
    s = settings
    data = FEATURES if s["network"] == LINEAR_HEAD else "cifar10"
    problem = load(data, context.data_home, s["n_train"])
    y_noisy = human_labels(s["noise"], s["n_train"], problem.y, context)
    T = transition_matrix_from_labels(problem.y, y_noisy, classes=np.arange(10), smoothing=0)
    share = s.get("share") or TRUSTED_SHARE
    trusted = balanced_rows(problem.y, round(share * len(problem.y)))
    net = network(s["network"], s["epochs"], seed, context.device)
    X, y, more = problem.X, y_noisy, {}
    if s["trusted"] == ALONE:
        X, y = X[trusted], problem.y[trusted]
    if s["T"] is None and s["trusted"] != FOR_TUNING:
        clf = RobustLossClassifier(net, loss=s["loss"], random_state=seed)
    else:
        given = {
            None: np.eye(len(T)),  # Through it the forward correction is plain cross-entropy.
            "true": T,
            "estimated": TransitionMatrixEstimator(net, random_state=seed),
            "trusted": transition_matrix_from_labels(
                problem.y[trusted], y_noisy[trusted], classes=np.arange(10)
            ),
        }[s["T"]]
        params: dict[str, Any] = {}
        if s["trusted"] in (FOR_TRAINING, FOR_TUNING):
            y_trusted = np.full(len(y), np.nan)
            y_trusted[trusted] = problem.y[trusted]
            more["y_trusted"] = y_trusted
        if s["trusted"] == FOR_TUNING:
            params["fine_tune_epochs"] = max(1, s["epochs"] // 4)
        correction = CORRECTIONS["forward" if s["T"] is None else s["loss"]]
        clf = correction(net, transition_matrix=given, random_state=seed, **params)
    start = time.perf_counter()
    clf.fit(X, y, **more)
    seconds = time.perf_counter() - start
    return {
        "accuracy": round(100 * clf.score(problem.X_test, problem.y_test), 2),
        "T_error": None if s["T"] in (None, "true") else T_error(clf, T),
        "kept_epoch": kept_epoch(clf),
        "seconds": seconds,
    }


def human_labels(
    labels: str, n_train: int | None, y: NDArray[Any], context: Context
) -> NDArray[Any]:
    """The chosen label set, at the rows that `load` takes."""
    found = datasets.fetch_cifar10n(labels=labels, images=False, data_home=context.data_home)
    if n_train is None or n_train >= len(found.target):
        return found.target
    return found.target[balanced_rows(found.clean_target, n_train)]
