"""Votes of five annotators as soft labels, against the label that most of them named.

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/soft_labels.py

Run it from the repository root; it writes docs/results/soft_labels.md. IMDB is left out where it is
not on disk.

Five simulated annotators of different quality label every row. Each classifier is fitted to the
shares of their votes, and to the majority of them, ties broken at random. T is estimated from the
labels that the classifier gets, for all of them with the one that is reweighted. Clean labels serve
to make votes and to measure accuracy only; settings other than defaults were chosen on other seeds.
"""

from __future__ import annotations

import argparse
import platform
import shlex
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import torch
from _machine import machine
from _selection_data import data_home
from _selection_data import imdb as reviews
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import sknoisy
from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.noise import (
    annotator_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

PAGE = Path(__file__).parents[2] / "docs" / "results" / "soft_labels.md"
N_REVIEWS = 3000
N_TEST_REVIEWS = 7000
SLOWDOWN = 1.5
# Standard errors of a difference that still are noise.
MOST_ERRORS = 2.0
Labels = np.ndarray


# %% Data


class Problem(NamedTuple):
    X: Any
    clean: Labels
    X_test: Any
    test: Labels
    annotators: list[np.ndarray]
    epochs: int
    classifier: Any


def digits(seed: int) -> Problem:
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    parts = train_test_split(X, y, test_size=450, stratify=y, random_state=seed)
    annotators = [symmetric_transition_matrix(10, rate) for rate in (0.3, 0.4, 0.5, 0.6)]
    annotators.append(pair_flip_transition_matrix(10, 0.4))
    trees = ExtraTreesClassifier(100, min_samples_leaf=3)
    return Problem(parts[0], parts[2], parts[1], parts[3], annotators, 40, trees)


def imdb(seed: int) -> Problem:
    _, X, y, _ = read_reviews()
    rows = np.random.default_rng(seed).permutation(len(y))[: N_REVIEWS + N_TEST_REVIEWS]
    train, test = np.split(rows, [N_REVIEWS])
    annotators = [symmetric_transition_matrix(2, rate) for rate in (0.25, 0.3, 0.35, 0.4)]
    annotators.append(np.array([[0.9, 0.1], [0.4, 0.6]]))
    linear = LogisticRegression(max_iter=1000)
    return Problem(X[train], y[train], X[test], y[test], annotators, 20, linear)


@cache
def read_reviews() -> Any:
    return reviews(25_000)


PROBLEMS: dict[str, Callable[[int], Problem]] = {"digits": digits, "IMDB": imdb}


def votes(problem: Problem, seed: int) -> tuple[Labels, Labels]:
    """The shares of the classes, and the label with the most votes."""
    named = annotator_labels(problem.clean, problem.annotators, random_state=seed)
    shares = np.eye(len(problem.annotators[0]))[named].mean(axis=1)
    ties = np.random.default_rng(seed).uniform(0, 0.01, shares.shape)
    return shares, (shares + ties).argmax(axis=1)


# %% Classifiers


def classifiers(problem: Problem, T: np.ndarray, seed: int) -> dict[str, Any]:
    net = make_net(max_epochs=problem.epochs)
    given = {"transition_matrix": T, "random_state": seed}
    plain = {"loss": "cross_entropy", "random_state": seed}
    return {
        "cross-entropy": RobustLossClassifier(**plain),
        "gce": RobustLossClassifier(random_state=seed),
        "forward": ForwardCorrectedClassifier(**given),
        "backward": BackwardCorrectedClassifier(**given),
        "cross-entropy, not stopped": RobustLossClassifier(net, **plain),
        "forward, not stopped": ForwardCorrectedClassifier(net, **given),
        "reweighted": ReweightedClassifier(problem.classifier, **given),
    }


class Comparison(NamedTuple):
    """Accuracies, and the difference with the standard error of one over the test rows."""

    hard: float
    soft: float
    error: float

    @property
    def difference(self) -> float:
        return self.soft - self.hard


def compared(hard: np.ndarray, soft: np.ndarray) -> Comparison:
    """Of which test rows are right."""
    difference = soft.astype(float) - hard
    return Comparison(hard.mean(), soft.mean(), difference.std() / np.sqrt(len(difference)))


def run(problem: Problem, seed: int) -> dict[str, Comparison]:
    right: list[dict[str, np.ndarray]] = []
    for y in reversed(votes(problem, seed)):
        estimator = TransitionMatrixEstimator(problem.classifier, random_state=seed)
        T = estimator.fit(problem.X, y).transition_matrix_
        fitted = {
            name: clf.fit(problem.X, y) for name, clf in classifiers(problem, T, seed).items()
        }
        right.append({k: clf.predict(problem.X_test) == problem.test for k, clf in fitted.items()})
    return {name: compared(right[0][name], right[1][name]) for name in right[0]}


# %% Time


def slowdown(n_rows: int, n_classes: int, n_pairs: int) -> float:
    """Seconds of a network with shares of all classes over those with one label per row."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 50)).astype(np.float32)
    shares = rng.dirichlet(np.ones(n_classes), size=n_rows)
    T = symmetric_transition_matrix(n_classes, 0.3)
    clf = ForwardCorrectedClassifier(make_net(max_epochs=5), transition_matrix=T, random_state=0)
    clf.fit(X[:500], shares[:500])
    ratios = []
    for _ in range(n_pairs):
        hard, soft = (seconds(clf, X, y) for y in (shares.argmax(axis=1), shares))
        ratios.append(soft / hard)
    return statistics.median(ratios)


def seconds(clf: Any, X: np.ndarray, y: Labels) -> float:
    start = time.process_time()
    clf.fit(X, y)
    return time.process_time() - start


# %% Page


def table(found: list[dict[str, Comparison]]) -> list[str]:
    lines = [
        "| classifier | majority | soft labels | difference | by seed |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for name in found[0]:
        runs = [one[name] for one in found]
        hard, soft, gap = (
            np.array([getattr(one, field) for one in runs])
            for field in ("hard", "soft", "difference")
        )
        by_seed = ", ".join(
            f"{one.difference:+.1%}{'' if one.difference >= -MOST_ERRORS * one.error else ' (!)'}"
            for one in runs
        )
        lines.append(
            f"| {name} | {hard.mean():.1%} ± {hard.std():.1%} | {soft.mean():.1%} ± "
            f"{soft.std():.1%} | {gap.mean():+.1%} | {by_seed} |"
        )
    return lines


def page(command: str, n_seeds: int, tables: dict[str, list[str]], times: list[str]) -> str:
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, sknoisy {sknoisy.__version__}"
    )
    lines = [
        "# Shares of votes against their majority",
        "",
        " ".join(__doc__.split("\n\n")[3].split()),
        "",
        f"Command: `{command}`",
        "",
        f"Machine: {machine()}; {torch.get_num_threads()} thread; {versions}. Seeds: 0 to "
        f"{n_seeds - 1}; accuracy on clean test labels, mean ± standard deviation. *By seed*: soft "
        f"labels less majority; (!) marks a loss of more than {MOST_ERRORS:.0f} standard errors, "
        f"those of the difference over the test rows. Networks are the default ones, five members "
        f"that left-out rows stop, unless it says *not stopped*.",
        "",
    ]
    for name, rows in tables.items():
        lines += [f"## {name}", "", ABOUT[name], "", *rows, ""]
    return "\n".join([*lines, *times])


ABOUT = {
    "digits": (
        "1,347 rows to train on, 450 to test on. Four annotators give 30, 40, 50 and 60% of the "
        "rows a wrong label at random, the fifth 40% that of the next digit. *Not stopped*: 40 "
        "epochs; *reweighted*: 100 trees, leaves of 3 rows."
    ),
    "IMDB": (
        "3,000 reviews to train on, 7,000 to test on; which of the 2,000 commonest words they "
        "hold, reduced to 100 directions. Four annotators err on 25, 30, 35 and 40% of the rows, "
        "the fifth on 10% of the negative and 40% of the positive ones. *Not stopped*: 20 epochs; "
        "*reweighted*: logistic regression."
    ),
}


def time_table(n_rows: int, n_pairs: int) -> list[str]:
    lines = [
        "## Time",
        "",
        f"Of `ForwardCorrectedClassifier` on {n_rows:,} rows of 50 features, every class with a "
        f"share in every row, against one label per row: median of {n_pairs} ratios of processor "
        f"time; it is to be at most {SLOWDOWN}.",
        "",
        "| classes | time, times that of hard labels |",
        "| ---: | ---: |",
    ]
    for n_classes in (3, 10):
        lines.append(f"| {n_classes} | {slowdown(n_rows, n_classes, n_pairs):.2f} |")
    return [*lines, ""]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="first seed; others are for choices")
    parser.add_argument("--rows", type=int, default=20_000, help="of the measurement of time")
    parser.add_argument("--output", type=Path, default=PAGE)
    args = parser.parse_args(arguments)
    given = shlex.join(sys.argv[1:] if arguments is None else arguments)
    settings = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1"
    command = f"{settings} python examples/benchmarks/soft_labels.py {given}".strip()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    tables = {}
    for name, load in PROBLEMS.items():
        if name == "IMDB" and data_home() is None:
            continue
        found = []
        for seed in range(args.first, args.first + args.seeds):
            found.append(run(load(seed), seed))
            print(name, seed, {k: f"{v.hard:.3f} {v.soft:.3f}" for k, v in found[-1].items()})
        tables[name] = table(found)
    text = page(command, args.seeds, tables, time_table(args.rows, 5))
    args.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
