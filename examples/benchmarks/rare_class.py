"""Does a reweighted forest still find a rare class, where T is right?

    OMP_NUM_THREADS=1 python examples/benchmarks/rare_class.py

Made rows like those of a table of customers who leave (churn): one in six is of class 1, most of
them in three small groups of rows, and most columns say nothing. Accuracy, balanced accuracy and
log loss on clean test labels, mean over five seeds, of a forest and of boosting: plain, reweighted
without calibration, and as they come. T is given. Prints a page; docs/results/rare_class.md holds
one.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
from _machine import machine
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.model_selection import train_test_split

from sknoisy import ReweightedClassifier
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

SEEDS, N_ROWS, TEST_SHARE = range(5), 5000, 1 / 3
NOISES = {
    "none": np.eye(2),
    "symmetric 0.2": symmetric_transition_matrix(2, 0.2),
    "symmetric 0.4": symmetric_transition_matrix(2, 0.4),
    "0.3 / 0.1": np.array([[0.7, 0.3], [0.1, 0.9]]),
    "0.1 / 0.3": np.array([[0.9, 0.1], [0.3, 0.7]]),
}
CLASSIFIERS = {
    "forest": RandomForestClassifier(min_samples_leaf=5),
    "boosting": HistGradientBoostingClassifier(),
}


def customers(n_rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows, and whether the customer left."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 16))
    abroad, mailbox = rng.random(n_rows) < 0.1, rng.random(n_rows) < 0.28
    complaints, calls_abroad = rng.poisson(1.5, n_rows), rng.poisson(4.5, n_rows)
    minutes = X[:, 0] + 0.4 * X[:, 1]
    leaves = np.full(n_rows, 0.03)
    leaves[abroad] = 0.2
    leaves[(minutes > 1.3) & ~mailbox] = 0.9
    leaves[(minutes < -0.2) & (complaints >= 4)] = 0.9
    leaves[abroad & ((calls_abroad < 3) | (X[:, 2] > 1.2))] = 0.95
    y = (rng.random(n_rows) < leaves).astype(np.int64)
    return np.column_stack([X, abroad, mailbox, complaints, calls_abroad]), y


def contestants(classifier: Any, T: NDArray[np.float64], seed: int) -> dict[str, Any]:
    classifier = clone(classifier).set_params(random_state=seed)

    def reweighted(**params: Any) -> ReweightedClassifier:
        return ReweightedClassifier(classifier, transition_matrix=T, random_state=seed, **params)

    return {
        "plain": classifier,
        "posterior, not calibrated": reweighted(calibrate=False),
        "posterior": reweighted(),
        "importance": reweighted(method="importance"),
        "projection": reweighted(method="projection"),
    }


def scores(noise: str, name: str, n_rows: int, seed: int) -> dict[str, tuple[float, float, float]]:
    X, y = customers(n_rows, seed)
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=TEST_SHARE, stratify=y, random_state=seed
    )
    y_noisy = corrupt_labels(y, NOISES[noise], random_state=seed)
    found = {}
    for method, clf in contestants(CLASSIFIERS[name], NOISES[noise], seed).items():
        proba = clf.fit(X, y_noisy).predict_proba(X_test)
        predicted = proba.argmax(axis=1)
        found[method] = (
            accuracy_score(y_test, predicted),
            balanced_accuracy_score(y_test, predicted),
            log_loss(y_test, proba),
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    options = parser.parse_args(arguments)
    print(f"Machine: {machine()} Seeds 0 to {options.seeds - 1}, {options.rows} rows.\n")
    print("| classifier | noise | method | accuracy | balanced accuracy | log loss |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    for name in CLASSIFIERS:
        for noise in NOISES:
            runs = [scores(noise, name, options.rows, seed) for seed in range(options.seeds)]
            for method in runs[0]:
                mean = np.mean([run[method] for run in runs], axis=0)
                print(f"| {name} | {noise} | {method} | {' | '.join(f'{x:.3f}' for x in mean)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
