"""Processor seconds of a fit by default where a linear model is best, beside scikit-learn's.

python examples/benchmarks/linear_cost.py --output docs/results/linear_cost.md
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import torch
from _machine import machine
from sklearn.linear_model import LogisticRegression
from sparse_cost import problem as sparse_problem

from sknoisy import ForwardCorrectedClassifier
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

BAR = 2.0
N_CLASSES = 10
NOISE = pair_flip_transition_matrix(N_CLASSES, 0.3)


class Size(NamedTuple):
    kind: str
    n_rows: int
    n_features: int


SIZES = (Size("dense", 50_000, 1280), Size("sparse", 20_000, 100_000))


def problem(size: Size) -> tuple[Any, Any, Any]:
    """Rows of float32, noisy labels, clean labels."""
    if size.kind == "sparse":
        X, clean = sparse_problem(size.n_rows, size.n_features, 100, N_CLASSES)
    else:
        rng = np.random.default_rng(0)
        # As features of a network: non-negative, related, of a few directions that tell classes.
        mixing = rng.normal(size=(50, size.n_features)) / 5
        factors = rng.normal(size=(size.n_rows, 50))
        X = np.maximum(factors @ mixing + rng.normal(size=(size.n_rows, size.n_features)), 0)
        X = X.astype(np.float32)
        clean = (factors[:, :N_CLASSES] + rng.normal(size=(size.n_rows, N_CLASSES)) / 3).argmax(1)
    return X, corrupt_labels(clean, NOISE, random_state=0), clean


def fits(X: Any, y: Any, clean: Any, n_fits: int) -> list[list[tuple[float, float]]]:
    """Seconds and accuracy on clean labels of each fit of both models, by turns."""
    found: list[list[tuple[float, float]]] = [[], []]
    for seed in range(n_fits):
        models = (
            LogisticRegression(max_iter=100),
            ForwardCorrectedClassifier(transition_matrix=NOISE, random_state=seed),
        )
        for model, list_of in zip(models, found, strict=True):
            start = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # That 100 iterations were too few.
                model.fit(X, y)
            seconds = time.process_time() - start
            list_of.append((seconds, float(model.score(X, clean))))
    return found


def report(sizes: tuple[Size, ...], n_fits: int) -> str:
    few = problem(Size("dense", 300, 250))
    fits(*few, 1)  # The first fit of a process loads parts of PyTorch.
    lines = []
    for size in sizes:
        by_sklearn, by_network = (
            [statistics.median(numbers) for numbers in zip(*runs, strict=True)]
            for runs in fits(*problem(size), n_fits)
        )
        ratio = by_network[0] / by_sklearn[0]
        lines.append(
            f"| {size.kind}, {size.n_rows:,} x {size.n_features:,} | {by_sklearn[0]:.1f} "
            f"| {by_network[0]:.1f} | {ratio:.2f} | {'yes' if ratio <= BAR else '**no**'} "
            f"| {by_sklearn[1]:.3f} | {by_network[1]:.3f} |"
        )
    return "\n".join(
        [
            "# Cost of the linear default",
            "",
            f"Processor time of a whole fit with {N_CLASSES} classes, one thread, median of "
            f"{n_fits} by turns: `LogisticRegression(max_iter=100)`, and "
            f"`ForwardCorrectedClassifier` with a given T and all else by default: five linear "
            f"models, each stopped by the rows it leaves out, which won against networks. The "
            f"bar is {BAR:.0f} times the time of scikit-learn. Accuracies are of the training "
            f"rows on their clean labels; 0.3 of the noisy ones are wrong.",
            "",
            "    python examples/benchmarks/linear_cost.py --output docs/results/linear_cost.md",
            "",
            f"Machine: {machine()}. PyTorch {torch.__version__}, scikit-learn "
            f"{sklearn.__version__}. Seeds 0 to {n_fits - 1}.",
            "",
            "| rows | scikit-learn, s | sknoisy, s | ratio | holds | its accuracy | ours |",
            "|---|---:|---:|---:|---|---:|---:|",
            *lines,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, default=3)
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    page = report(SIZES, arguments.fits)
    print(page)
    if arguments.output is not None:
        arguments.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
