"""False alarms and power of the audit, its time, and what it says more labels would buy.

Run it from the repository root; it writes docs/results/audit.md and .csv. MNIST and IMDB are
read from the folder that SKNOISY_DATA_HOME names; without it these data sets are left out.

Every repetition draws other rows, or another problem, and other noise. A *false alarm* is the
verdict "noisy" on clean labels, or "depends on the instance" on clean labels or on noise that
depends on the class alone. *Power* is the share of repetitions in which noise near the boundary
is called instance-dependent. Clean labels serve to make noise and to judge verdicts only.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from _selection_data import imdb as reviews
from joblib import Parallel, delayed
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sknoisy._files import replacing, write_text
from sknoisy.inspection import noise_audit
from sknoisy.noise import (
    boundary_noise,
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

RESULTS = Path(__file__).parents[2] / "docs" / "results"
N_ROWS = 5000
Rows = tuple[np.ndarray, np.ndarray]


# %% Data


def tables(n_classes: int, class_sep: float, clusters: int, seed: int, n: int = N_ROWS) -> Rows:
    return make_classification(
        n,
        20,
        n_informative=8,
        n_redundant=4,
        n_classes=n_classes,
        n_clusters_per_class=clusters,
        class_sep=class_sep,
        flip_y=0,
        random_state=seed,
    )


def gaussians(n_classes: int, spread: float, seed: int) -> Rows:
    """Classes that overlap by nature."""
    centres = np.random.RandomState(2).normal(size=(n_classes, 5)) * spread
    rng = np.random.RandomState(seed)
    y = rng.randint(n_classes, size=N_ROWS)
    return centres[y] + rng.normal(size=(N_ROWS, 5)), y


def part_of(data: Rows, share: float, seed: int) -> Rows:
    rows = np.random.RandomState(seed).permutation(len(data[1]))[: int(share * len(data[1]))]
    return data[0][rows], data[1][rows]


def read_mnist() -> Rows:
    folder = Path(os.environ["SKNOISY_DATA_HOME"]) / "mnist"
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784) / np.float32(255)
    return X, np.frombuffer(labels, np.uint8, offset=8).astype(int)


def mnist(seed: int) -> Rows:
    X, y = part_of(read_mnist(), N_ROWS / 60_000, seed)
    return PCA(30, random_state=0).fit_transform(X), y


def imdb(seed: int) -> Rows:
    return part_of(read_imdb(), 0.2, seed)


@cache
def read_imdb() -> Rows:
    data = reviews(25_000)
    return data.X, data.y


# Name: data of a seed, and how many repetitions of clean labels.
DATA: dict[str, tuple[Callable[[int], Rows], int]] = {
    "tables, 4 classes": (lambda seed: tables(4, 1.3, 2, seed), 100),
    "tables, 2 classes, hard": (lambda seed: tables(2, 0.6, 2, seed), 100),
    "tables, 4 classes, wide margin": (lambda seed: tables(4, 2.5, 1, seed), 50),
    "Gaussians, 4 classes": (lambda seed: gaussians(4, 1.5, seed), 50),
    "Gaussians, 2 classes, 22% overlap": (lambda seed: gaussians(2, 0.5, seed), 100),
    "digits, 1,437 rows": (lambda seed: part_of(load_digits(return_X_y=True), 0.8, seed), 100),
    "breast cancer, 455 rows": (
        lambda seed: part_of(load_breast_cancer(return_X_y=True), 0.8, seed),
        100,
    ),
    "MNIST, 5,000 rows": (mnist, 100),
    "IMDB, 5,000 rows": (imdb, 100),
}


# %% Noise


def good_posteriors(X: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    trees = ExtraTreesClassifier(100, min_samples_leaf=2, random_state=seed)
    return cross_val_predict(trees, X, y, cv=3, method="predict_proba")


def linear_posteriors(X: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    linear = make_pipeline(StandardScaler(), LogisticRegression())
    return cross_val_predict(linear, X, y, cv=3, method="predict_proba")


def near_boundary(posteriors: Callable[..., np.ndarray], rate: float) -> Callable[..., np.ndarray]:
    return lambda X, y, seed: (
        boundary_noise(y, posteriors(X, y, seed), rate, random_state=seed).labels
    )


def by_class(matrix: Callable[..., np.ndarray], rate: float) -> Callable[..., np.ndarray]:
    return lambda X, y, seed: corrupt_labels(y, matrix(int(y.max()) + 1, rate), random_state=seed)


NOISES: dict[str, Callable[..., np.ndarray]] = {
    "clean": lambda X, y, seed: y,
    "symmetric 0.2": by_class(symmetric_transition_matrix, 0.2),
    "pair 0.3": by_class(pair_flip_transition_matrix, 0.3),
    "near boundary 0.2": near_boundary(good_posteriors, 0.2),
    "near boundary 0.3": near_boundary(good_posteriors, 0.3),
    "near boundary 0.3, linear": near_boundary(linear_posteriors, 0.3),
}


# %% Parts


def alarms(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    names = [name for name in DATA if args.data is None or name in args.data]
    if not os.environ.get("SKNOISY_DATA_HOME"):
        names = [name for name in names if not name.startswith(("MNIST", "IMDB"))]
    for name in names:
        for noise in args.noise:
            n = min(args.repetitions, DATA[name][1]) if noise == "clean" else args.noisy_repetitions
            yield alarm_row(name, noise, n, args.jobs)


def alarm_row(name: str, noise: str, repetitions: int, jobs: int) -> dict[str, Any]:
    tasks = (delayed(one_audit)(name, noise, seed) for seed in range(repetitions))
    done = Parallel(jobs, return_as="generator")(tasks)
    found = list(tqdm(done, total=repetitions, desc=f"{name}, {noise}"))
    verdicts = {key: [one[key] for one in found] for key in found[0]}
    return {
        "data": name,
        "noise": noise,
        "repetitions": repetitions,
        **{key: rounded(values) for key, values in verdicts.items()},
        "gap, sd": round(float(np.std(verdicts["gap, mean"])), 3),
    }


def one_audit(name: str, noise: str, seed: int) -> dict[str, Any]:
    X, y = DATA[name][0](seed)
    y_noisy = NOISES[noise](X, y, seed)
    start = time.process_time()
    audit = noise_audit(X, y_noisy, learning_curve=False, random_state=seed)
    return {
        "true rate": (y_noisy != y).mean(),
        "rate by T": audit.noise_rate,
        "rate by shapes": audit.mixture_noise_rate,
        "called noisy": audit.verdict == "noisy",
        "called instance-dependent": audit.is_instance_dependent,
        "CPU seconds": time.process_time() - start,
        "gap, mean": audit.fit_test.statistic,
    }


def rounded(values: list[Any]) -> float:
    return round(float(np.mean(values)), 3)


def labels(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What the learning curve promised, against what happened; trees through T, as in the audit."""
    for noise in ("symmetric 0.2", "pair 0.3"):
        for n_trusted in (0, 500):
            promised, happened, before = [], [], []
            for seed in range(args.label_seeds):
                X, y = tables(4, 1.3, 2, seed, 9000)
                y_noisy = NOISES[noise](X, y, seed)
                n, test = 2500, slice(5000, None)
                audit = noise_audit(X[:n], y_noisy[:n], random_state=seed)
                curve = audit.learning_curve
                T = audit.transition_matrix
                now = tree_accuracy(X[:n], y_noisy[:n], X[test], y[test], T, seed)
                end = n + n_trusted if n_trusted else 2 * n
                later = y_noisy[:end].copy()
                later[n:end] = y[n:end] if n_trusted else later[n:end]
                trusted = np.arange(end) >= (n if n_trusted else end)
                happened.append(tree_accuracy(X[:end], later, X[test], y[test], T, seed, trusted))
                promised.append(
                    curve.predicted_accuracy(n, n_trusted)
                    if n_trusted
                    else curve.predicted_accuracy(end)
                )
                promised[-1] -= curve.predicted_accuracy(n)
                happened[-1] -= now
                before.append(now)
            yield {
                "data": "tables, 4 classes",
                "noise": noise,
                "added to 2,500 noisy rows": f"{n_trusted} trusted" if n_trusted else "2500 noisy",
                "repetitions": args.label_seeds,
                "accuracy before": rounded(before),
                "gain promised": round(float(np.mean(promised)), 4),
                "gain that happened": round(float(np.mean(happened)), 4),
                "sd of the difference": round(float(np.std(np.subtract(promised, happened))), 4),
            }


def tree_accuracy(
    X: np.ndarray,
    labels: np.ndarray,
    X_test: np.ndarray,
    y_test: np.ndarray,
    T: np.ndarray,
    seed: int,
    trusted: np.ndarray | None = None,
) -> float:
    """Trees on noisy labels; trusted rows count by what their labels are worth: 1 / (1 - rate)."""
    weight = np.ones(len(X))
    if trusted is not None:
        weight[trusted] = 1 / T.diagonal().mean()
    trees = ExtraTreesClassifier(100, min_samples_leaf=2, random_state=seed)
    trees.fit(X, labels, sample_weight=weight)
    return float((trees.predict(X_test) == y_test).mean())


# %% Result page


INTRODUCTION = {
    "alarms": " ".join(__doc__.split("\n\n")[2].split())
    + " Near boundary: `boundary_noise` from out-of-fold posteriors of extremely randomised trees "
    "(or logistic regression) trained on the clean labels. Gap: the statistic of the test of fit; "
    "0.2 is its tolerance. Tables and Gaussians have 5,000 rows. Bars: false alarms in at most 5%, "
    'power at least 0.8. The rows were made before the verdict "cannot tell" existed, which takes '
    "the place of some of those called noisy.",
    "labels": "Gain in clean accuracy of trees when labels are added, as promised by the audit of "
    "the first 2,500 rows and as it happened on 4,000 further rows. Trusted rows weigh "
    "`1 / (1 - noise rate)` times a noisy one in the trees that are trained with them.",
}
TITLES = {"alarms": "False alarms and power", "labels": "What more labels buy"}


def markdown(parts: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["# The noise audit", ""]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, "
    versions += f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    lines += [f"Machine: {platform.machine()}, {platform.system()}, one thread; {versions}.", ""]
    lines += ["Seeds: the repetitions, from 0 on.", ""]
    for part, rows in parts.items():
        if not rows:
            continue
        commands = dict.fromkeys(row["command"] for row in rows)
        columns = [key for key in rows[0] if key not in ("part", "command")]
        lines += [f"## {TITLES[part]}", "", INTRODUCTION[part], ""]
        lines += [f"Command: `{command}`\n" for command in commands]
        lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
        lines += [
            "| " + " | ".join(str(row.get(key, "")) for key in columns) + " |" for row in rows
        ]
        lines.append("")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--data", nargs="+", choices=list(DATA), help="of part alarms")
    parser.add_argument("--noise", nargs="+", choices=list(NOISES), default=list(NOISES))
    parser.add_argument("--repetitions", type=int, default=100, help="of clean labels, at most")
    parser.add_argument("--noisy-repetitions", type=int, default=20)
    parser.add_argument("--label-seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1, help="processes of part alarms")
    parser.add_argument("--output", type=Path, default=RESULTS / "audit.md")
    args = parser.parse_args(arguments)
    given = shlex.join(sys.argv[1:] if arguments is None else arguments)
    command = f"OMP_NUM_THREADS=1 python examples/benchmarks/audit.py {given}".strip()
    file = args.output.with_suffix(".csv")
    steps = {"alarms": alarms, "labels": labels}
    for part in args.only:
        for row in steps[part](args):
            tqdm.write(str(row))
            write(
                replaced(read(file), {"part": part, **row, "command": command}), file, args.output
            )


def replaced(rows: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows in the order of first appearance, an old one of the same name giving way."""
    key = [name for name in ("part", "data", "noise", "added to 2,500 noisy rows") if name in new]
    same = [all(str(row.get(name)) == str(new[name]) for name in key) for row in rows]
    if not any(same):
        return [*rows, new]
    return [new if is_same else row for row, is_same in zip(rows, same, strict=True)]


def read(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as opened:
        return [{k: v for k, v in row.items() if v} for row in csv.DictReader(opened)]


def place_of(noise: str) -> int:
    return list(NOISES).index(noise)


def write(rows: list[dict[str, Any]], file: Path, page: Path) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    rows = sorted(rows, key=lambda row: [list(DATA).index(row["data"]), place_of(row["noise"])])
    with replacing(file) as beside, beside.open("w", newline="", encoding="utf-8") as opened:
        keys = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(opened, keys)
        writer.writeheader()
        writer.writerows(rows)
    parts = {part: [row for row in rows if row["part"] == part] for part in TITLES}
    write_text(page, markdown(parts))


if __name__ == "__main__":
    # By its own name, from which other processes can import what a task is made of.
    from audit import main as run_by_name

    run_by_name()
