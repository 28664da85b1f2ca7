"""What T costs with many classes, next to the training of the classifier that it is read off.

Blobs of 50 features, whose labels 30% symmetric noise changed. The classifier is the default one
of `TransitionMatrixEstimator`, three folds; its seconds are those of its `fit` and
`predict_proba`, all others of a fit are T's. Processor time, one thread.

Run from the repository's root::

    python examples/benchmarks/many_classes.py --output docs/results/many_classes.md
"""

from __future__ import annotations

import argparse
import platform
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
from _machine import machine
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_blobs

from sknoisy import TransitionMatrixEstimator
from sknoisy._estimation import default_classifier
from sknoisy._validation import validate_training_set
from sknoisy.metrics import transition_matrix_error
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N_FEATURES, SPREAD, RATE, SEED = 50, 4.0, 0.3, 0
SIZES = ((50, 5_000), (100, 5_000), (200, 5_000), (500, 5_000), (1_000, 20_000))
METHODS = ("auto", "count")
BAR = 10.0


class Timed(ClassifierMixin, BaseEstimator):
    """A classifier that adds up its seconds."""

    seconds = 0.0

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> Timed:
        self.estimator_ = clone(self.estimator)
        timed(self.estimator_.fit, X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        return timed(self.estimator_.predict_proba, X)


def timed(work: Callable[..., Any], *args: Any, **params: Any) -> Any:
    start = time.process_time()
    try:
        return work(*args, **params)
    finally:
        Timed.seconds += time.process_time() - start


class Cost(NamedTuple):
    """Seconds, error of T, and what was said in advance or against the estimate."""

    classifier: float
    matrix: float
    error: float
    fewest: float
    said: str


def cost(method: str, n_classes: int, n_rows: int) -> Cost:
    X, y = make_blobs(n_rows, N_FEATURES, centers=n_classes, cluster_std=SPREAD, random_state=SEED)
    T = symmetric_transition_matrix(n_classes, RATE)
    noisy = corrupt_labels(y, T, random_state=SEED)
    estimator = TransitionMatrixEstimator(method=method, random_state=SEED)
    trees = default_classifier(validate_training_set(estimator, X, noisy))
    estimator.set_params(estimator=Timed(trees))
    Timed.seconds, start = 0.0, time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(X, noisy)
        except ValueError as error:
            return Cost(0.0, time.process_time() - start, np.nan, np.nan, f"refused: {error}")
    seconds = time.process_time() - start
    few = any("rest on fewer" in str(warning.message) for warning in caught)
    return Cost(
        Timed.seconds,
        seconds - Timed.seconds,
        transition_matrix_error(T, estimator.transition_matrix_),
        float(np.min(estimator.n_examples_)),
        "few examples" if few else "",
    )


def report(sizes: Sequence[tuple[int, int]], methods: Sequence[str] = METHODS) -> Iterator[str]:
    yield from (
        "# T with many classes",
        "",
        "Command: `OMP_NUM_THREADS=1 python examples/benchmarks/many_classes.py --output "
        "docs/results/many_classes.md`",
        "",
        f"Machine: {machine()}, one thread; Python {platform.python_version()}, numpy "
        f"{np.__version__}, scikit-learn {sklearn.__version__}; seed {SEED}.",
        "",
        f"Blobs of {N_FEATURES} features, {100 * RATE:.0f}% symmetric noise, extremely "
        f"randomised trees in three folds (the default). Processor seconds: of the classifier "
        f"(training and out-of-fold posteriors), and of all the rest of `fit`. The error is the "
        f"mean L1 distance of a row from the truth; the identity's is {2 * RATE:g}. Up to 50 "
        f'classes, or 100 of at least 200 rows each, "auto" compares several starts; beyond, it '
        f"counts labels once and lets the entries borrow strength.",
        "",
        "| K | rows | method | classifier, s | T, s | ratio | error | fewest examples of a row "
        "| said |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    worst = 0.0
    for n_classes, n_rows in sizes:
        for method in methods:
            found = cost(method, n_classes, n_rows)
            ratio = found.matrix / found.classifier if found.classifier else 0.0
            worst = max(worst, ratio) if method == "auto" else worst
            numbers = (
                f"{found.classifier:.1f} | {found.matrix:.1f} | {ratio:.2f} | {found.error:.3f} "
                f"| {found.fewest:.0f}"
                if found.classifier
                else "| | | |"
            )
            yield f"| {n_classes} | {n_rows} | {method} | {numbers} | {found.said} |"
    holds = "holds" if worst <= BAR else "does not hold"
    yield ""
    yield (
        f'The bar for "auto" is {BAR:g} times the classifier; the largest ratio is {worst:.2f}: '
        f"it {holds}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="file for the page")
    output = parser.parse_args().output
    lines = []
    for line in report(SIZES):
        print(line, flush=True)
        lines.append(line)
    if output is not None:
        output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
