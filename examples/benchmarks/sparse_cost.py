"""Seconds per epoch of the default network on wide sparse rows, beside scikit-learn's SGD."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from _machine import machine
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from sknoisy import RobustLossClassifier

BAR = 3.0


def problem(n_rows: int, n_features: int, n_entries: int, n_classes: int) -> tuple[Any, Any]:
    """Rows of float32 in which low columns are common, as words are, and labels they tell of."""
    rng = np.random.default_rng(0)
    columns = (n_features * rng.random((n_rows, n_entries)) ** 3).astype(np.int32)
    starts = np.arange(0, n_rows * n_entries + 1, n_entries, dtype=np.int32)
    entries = rng.uniform(0.1, 1, n_rows * n_entries).astype(np.float32)
    X = sparse.csr_matrix((entries, columns.ravel(), starts), shape=(n_rows, n_features))
    X.sum_duplicates()
    y = (X @ rng.normal(size=(n_features, n_classes))).argmax(axis=1)
    return X, y


def seconds(X: Any, y: Any, n_epochs: int) -> tuple[list[float], list[float]]:
    """Processor seconds of each pass of SGD, and of each epoch of the network, by turns."""
    classes = np.unique(y)
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    network = RobustLossClassifier(loss="cross_entropy", random_state=0)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(n_epochs + 1):
        for model, list_of in zip((sgd, network), times, strict=True):
            start = time.process_time()
            model.partial_fit(X, y, classes=classes)
            list_of.append(time.process_time() - start)
    return times[0][1:], times[1][1:]  # The first calls set up.


def report(n_rows: int, n_features: int, n_entries: int, n_epochs: int) -> str:
    lines = []
    for n_classes in (2, 10, 50):
        X, y = problem(n_rows, n_features, n_entries, n_classes)
        by_sgd, by_network = map(statistics.median, seconds(X, y, n_epochs))
        ratio = by_network / by_sgd
        lines.append(
            f"| {n_classes} | {by_sgd:.3f} | {by_network:.3f} | {ratio:.1f} "
            f"| {'yes' if ratio <= BAR else '**no**'} |"
        )
    return "\n".join(
        [
            "# Cost of wide sparse rows",
            "",
            f"Processor time of one pass over {n_rows:,} rows of {n_features:,} features with "
            f"{n_entries} non-zero entries each, one thread, median of {n_epochs}: "
            f"`SGDClassifier.partial_fit`, and `RobustLossClassifier().partial_fit` with the "
            f"default network, all checks of X included. Passes take turns. The bar is {BAR:.0f} "
            f"times the time of SGD, which fits one weight vector for two classes, the network "
            f"two.",
            "",
            "    python examples/benchmarks/sparse_cost.py --output docs/results/sparse_cost.md",
            "",
            f"Machine: {machine()}. PyTorch {torch.__version__}, scikit-learn "
            f"{sklearn.__version__}. Seed 0.",
            "",
            "| classes | SGD, s | network, s | ratio | holds |",
            "|---:|---:|---:|---:|---|",
            *lines,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--features", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    page = report(arguments.rows, arguments.features, arguments.entries, arguments.epochs)
    print(page)
    if arguments.output is not None:
        arguments.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
