"""The error of T where rows are copied, and what finding the copies costs.

Run it from the repository root; it writes docs/results/duplicate_rows.md.

Digits, 30% of the labels wrong. Copies keep the label of their row. The error of T is the mean
over classes of the L1 distance between a row of the estimate and the T that the clean and the
noisy labels of the same rows have: a bootstrap sample or an over-sampler changes T itself. Clean
labels serve to make noise and to measure errors only.
"""

from __future__ import annotations

import argparse
import platform
import shlex
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sklearn
import torch
from _machine import machine
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

import sknoisy
from sknoisy import TransitionMatrixEstimator
from sknoisy._equal_rows import equal_rows
from sknoisy.noise import (
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

PAGE = Path(__file__).parents[2] / "docs" / "results" / "duplicate_rows.md"
RATE = 0.3
BAR = 1.5
ROWS_PER_PATIENT = 4
# Of a pixel, which goes from 0 to 16.
SHIFT = 0.3
NOISES = {"symmetric": symmetric_transition_matrix, "pair": pair_flip_transition_matrix}
Rows = np.ndarray


# %% Rows


def over_sampled(y: Rows, rng: np.random.Generator) -> Rows:
    """As a random over-sampler: copies of rows of rare labels until each label is as frequent."""
    counts = np.bincount(y)
    more = [rng.choice(np.flatnonzero(y == k), counts.max() - n) for k, n in enumerate(counts)]
    return np.concatenate([np.arange(len(y)), *more])


COPIES: dict[str, Callable[[Rows, np.random.Generator], Rows]] = {
    "every row twice": lambda y, rng: np.tile(np.arange(len(y)), 2),
    "bootstrap sample": lambda y, rng: rng.integers(len(y), size=len(y)),
    "random over-sampling": over_sampled,
    "4 moved rows per patient": lambda y, rng: np.repeat(np.arange(len(y)), ROWS_PER_PATIENT),
}


def thinned(X: Rows, y: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """A third of the classes keep a third of their rows, for an over-sampler to have work."""
    kept = (y % 3 > 0) | (rng.random(len(y)) < 1 / 3)
    return X[kept], y[kept]


# %% Errors


def error(X: Rows, clean: Rows, y: Rows, seed: int, **fit_params: Rows) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        estimator = TransitionMatrixEstimator(random_state=seed).fit(X, y, **fit_params)
    truth = transition_matrix_from_labels(clean, y, classes=estimator.classes_)
    return float(np.abs(estimator.transition_matrix_ - truth).sum(axis=1).mean())


def errors(name: str, noise: str, seed: int, n_classes: int) -> dict[str, float]:
    """Of the unique rows, of all rows, and of all rows as if each were on its own."""
    rng = np.random.default_rng(seed)
    X, clean = load_digits(n_class=n_classes, return_X_y=True)
    if name == "random over-sampling":
        X, clean = thinned(X, clean, rng)
    y = corrupt_labels(clean, NOISES[noise](n_classes, RATE), random_state=seed)
    rows = COPIES[name](y, rng)
    copied = X[rows]
    groups = {}
    if "patient" in name:
        copied = copied + rng.normal(scale=SHIFT, size=copied.shape)
        groups = {"fold_groups": rows}
    unique = np.unique(rows)
    parted = {"fold_groups": np.arange(len(rows))}
    return {
        "unique rows": error(X[unique], clean[unique], y[unique], seed),
        "with copies": error(copied, clean[rows], y[rows], seed, **groups),
        "copies in several folds": error(copied, clean[rows], y[rows], seed, **parted),
    }


def error_table(n_seeds: int, n_classes: int) -> list[str]:
    lines = [
        "| rows | noise | unique rows | with copies | ratio | copies in several folds |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for name in COPIES:
        for noise in NOISES:
            progress = tqdm(range(n_seeds), desc=f"{name}, {noise}")
            found = [errors(name, noise, seed, n_classes) for seed in progress]
            columns = {key: np.array([one[key] for one in found]) for key in found[0]}
            cells = [f"{c.mean():.3f} ± {c.std():.3f}" for c in columns.values()]
            ratio = columns["with copies"].mean() / columns["unique rows"].mean()
            lines.append(
                f"| {name} | {noise} | {cells[0]} | {cells[1]} | {ratio:.2f} | {cells[2]} |"
            )
    return lines


# %% Cost


def cost_table(n_rows: int) -> list[str]:
    lines = [
        "| rows | features | training | comparing | share |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for n_features in (10, 100):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(n_rows, n_features))
        y = (X[:, 0] + rng.normal(size=n_rows) > 0).astype(int)
        estimator = TransitionMatrixEstimator(LogisticRegression(), random_state=0)
        training = seconds(lambda X=X, y=y, e=estimator: e.fit(X, y))
        comparing = seconds(lambda X=X: equal_rows(X))
        lines.append(
            f"| {n_rows:,} | {n_features} | {training:.2f} s | {comparing:.3f} s "
            f"| {comparing / training:.1%} |"
        )
    return lines


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


# %% Page


def page(command: str, n_seeds: int, of_errors: list[str], of_cost: list[str]) -> str:
    explained = " ".join(__doc__.split("\n\n")[2].split())
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, "
    versions += f"torch {torch.__version__}, scikit-learn {sklearn.__version__}"
    versions += f", sknoisy {sknoisy.__version__}"
    lines = [
        "# Copies of rows",
        "",
        explained,
        "",
        f"Command: `{command}`",
        "",
        f"Machine: {machine()}; {torch.get_num_threads()} thread; {versions}. Seeds: 0 to "
        f"{n_seeds - 1}; mean ± standard deviation.",
        "",
        "## Error of T",
        "",
        f"*With copies*: the default folds, which keep equal rows together, and for the patients "
        f"`fold_groups`; the ratio to the unique rows is to be at most {BAR}. *Copies in several "
        f"folds*: what the same rows give if each is taken for one of its own. Over-sampling: "
        f"every third class has a third of its rows before. A patient's rows are moved by Gaussian "
        f"noise of {SHIFT} of a grey level, of 16.",
        "",
        *of_errors,
        "",
        "## Cost of finding equal rows",
        "",
        "Training: `TransitionMatrixEstimator(LogisticRegression()).fit`, the comparison included.",
        "",
        *of_cost,
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--classes", type=int, default=10, help="digits from 0 on")
    parser.add_argument("--rows", type=int, default=100_000, help="of the measurement of cost")
    parser.add_argument("--output", type=Path, default=PAGE)
    args = parser.parse_args(arguments)
    given = shlex.join(sys.argv[1:] if arguments is None else arguments)
    command = f"OMP_NUM_THREADS=1 python examples/benchmarks/duplicate_rows.py {given}".strip()
    torch.set_num_threads(1)
    of_errors = error_table(args.seeds, args.classes)
    text = page(command, args.seeds, of_errors, cost_table(args.rows))
    args.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
