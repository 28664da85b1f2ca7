"""Bytes of pickled fitted estimators, beside the weights that predicting needs."""

from __future__ import annotations

import argparse
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import torch
from _machine import machine
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
)
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N_FEATURES, N_CLASSES, NOISE = 10, 5, 0.3
FACTOR, ALLOWANCE = 1.2, 100_000

ESTIMATORS: dict[str, Any] = {
    "TransitionMatrixEstimator": TransitionMatrixEstimator(random_state=0),
    "GroupTransitionMatrixEstimator": GroupTransitionMatrixEstimator(
        TransitionMatrixEstimator(random_state=0)
    ),
    "ForwardCorrectedClassifier": ForwardCorrectedClassifier(random_state=0),
    "BackwardCorrectedClassifier": BackwardCorrectedClassifier(random_state=0),
    "RobustLossClassifier": RobustLossClassifier(random_state=0),
    "ReweightedClassifier": ReweightedClassifier(random_state=0),
    "NoiseCalibratedClassifier": NoiseCalibratedClassifier(
        LogisticRegression(max_iter=500), random_state=0
    ),
    "NoiseCalibratedClassifier of a network": NoiseCalibratedClassifier(
        ForwardCorrectedClassifier(random_state=0), random_state=0
    ),
}


class Size(NamedTuple):
    """Bytes of the pickle, and of what predictions are made with."""

    whole: int
    needed: int

    @property
    def bar(self) -> float:
        return FACTOR * self.needed + ALLOWANCE


def sizes(names: list[str], n_samples: int) -> Iterator[tuple[str, Size]]:
    X, y = make_classification(
        n_samples,
        N_FEATURES,
        n_informative=8,
        n_redundant=0,
        n_classes=N_CLASSES,
        n_clusters_per_class=1,
        class_sep=2,
        random_state=0,
    )
    T = symmetric_transition_matrix(N_CLASSES, NOISE)
    noisy = corrupt_labels(y, T, random_state=0)
    for name in names:
        groups = {"noise_groups": np.arange(n_samples) % 3} if name.startswith("Group") else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = ESTIMATORS[name].fit(X, noisy, **groups)
        yield name, Size(len(pickle.dumps(fitted)), needed_by(fitted))


def needed_by(fitted: Any) -> int:
    """Bytes of the weights of a network, or of the pickle of another classifier; 0 for T alone."""
    if not hasattr(fitted, "predict_proba"):
        return 0
    inner = fitted.estimator_
    while not hasattr(inner, "module_") and hasattr(inner, "estimator_"):
        inner = inner.estimator_
    if hasattr(inner, "module_"):
        return sum(t.nbytes for t in inner.module_.state_dict().values())
    return len(pickle.dumps(inner))


def report(names: list[str], n_samples: int) -> str:
    rows = [
        f"| `{name}` | {size.needed / 1000:,.0f} | {size.whole / 1000:,.0f} "
        f"| {size.bar / 1000:,.0f} | {'yes' if size.whole <= size.bar else '**no**'} |"
        for name, size in sizes(names, n_samples)
    ]
    return "\n".join(
        [
            "# Size of fitted estimators",
            "",
            f"Bytes of the pickle of estimators with default settings, fitted to {n_samples:,} "
            f"rows of {N_FEATURES} features and {N_CLASSES} classes with symmetric noise "
            f"{NOISE:.2f}, seed 0. What is needed to predict is the weights of a network, or the "
            f"pickle of another classifier. The bar is {FACTOR} times that and "
            f"{ALLOWANCE / 1000:.0f} kB.",
            "",
            "    python examples/benchmarks/fitted_size.py --output docs/results/fitted_size.md",
            "",
            f"Machine: {machine()}. PyTorch {torch.__version__}, scikit-learn "
            f"{sklearn.__version__}.",
            "",
            "| estimator | needed, kB | pickle, kB | bar, kB | holds |",
            "|---|---:|---:|---:|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--only", nargs="+", choices=ESTIMATORS, default=list(ESTIMATORS))
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    page = report(arguments.only, arguments.rows)
    print(page)
    if arguments.output is not None:
        arguments.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
