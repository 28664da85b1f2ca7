"""How well does a network train on MNIST's noisy labels when T is estimated, and at what cost?

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/mnist_accuracy.py

Network, optimiser and epochs of the second stage are those of Patrini et al. (2017), the first
stage takes 8 epochs; everything else is a default. A run is appended to
docs/results/mnist_accuracy.csv when it ends, and skipped if it is there already; the page is drawn
from the file. Clean labels serve for the table, and as the trusted ones that a case names; nothing
is chosen by them.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import torch
from lost_classes import patrini_net, read_mnist
from scipy.optimize import linear_sum_assignment
from skorch.dataset import ValidSplit
from tqdm import tqdm

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
)
from sknoisy._files import write_text
from sknoisy.callbacks import BestEpoch
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

RESULTS = Path(__file__).parents[2] / "docs" / "results"
# Of the second stage, and of a plain training; the first stage needs less.
EPOCHS, FIRST_EPOCHS = 40, 8
FIELDS = [
    "case",
    "noise_rate",
    "seed",
    "accuracy",
    "lowest_recall",
    "error",
    "error_up_to_order",
    "cpu_seconds",
    "plain_accuracy",
    "plain_cpu_seconds",
]


class Case(NamedTuple):
    """A classifier made of (T, seed); labels per class it may trust; whether its cost is wanted."""

    make: Callable[[np.ndarray, int], Any]
    noise_rate: float
    n_seeds: int
    n_trusted: int = 0
    compare: bool = False


def forward(T: np.ndarray, seed: int) -> Any:
    estimate = TransitionMatrixEstimator(patrini_net(FIRST_EPOCHS))
    return ForwardCorrectedClassifier(
        patrini_net(EPOCHS), transition_matrix=estimate, random_state=seed
    )


def forward_from_first_stage(T: np.ndarray, seed: int) -> Any:
    return forward(T, seed).set_params(start="first_stage")


def forward_by_default(T: np.ndarray, seed: int) -> Any:
    return ForwardCorrectedClassifier(patrini_net(EPOCHS), random_state=seed)


def backward(T: np.ndarray, seed: int) -> Any:
    return BackwardCorrectedClassifier(patrini_net(EPOCHS), transition_matrix=T, random_state=seed)


def backward_best_epoch(T: np.ndarray, seed: int) -> Any:
    held_out = ValidSplit(0.1, stratified=True, random_state=seed)
    net = patrini_net(EPOCHS).set_params(train_split=held_out, callbacks=[BestEpoch()])
    return BackwardCorrectedClassifier(net, transition_matrix=T, random_state=seed)


CASES = {
    "forward, no clean label, 0.45": Case(forward, 0.45, 5, compare=True),
    "forward, no clean label, 0.6": Case(forward, 0.6, 5),
    "forward, one trusted label per class, 0.6": Case(forward, 0.6, 10, n_trusted=1),
    "forward, from the first stage, 0.45": Case(forward_from_first_stage, 0.45, 5, compare=True),
    "forward, first stage of 40 epochs, 0.45": Case(forward_by_default, 0.45, 5, compare=True),
    "backward, true T, last epoch, 0.45": Case(backward, 0.45, 3),
    "backward, true T, best epoch, 0.45": Case(backward_best_epoch, 0.45, 3),
}


# %% Runs


def run(name: str, seed: int, train: tuple, test: tuple, plain_seeds: int) -> dict:
    case, (X, clean) = CASES[name], train
    T = class_map_transition_matrix(MNIST_CLASS_MAP, case.noise_rate, classes=10)
    y = corrupt_labels(clean, T, random_state=seed)
    plain_seconds, plain_accuracy = np.nan, np.nan
    if case.compare and seed < plain_seeds:  # Beside the fit, in the same process.
        plain = RobustLossClassifier(patrini_net(EPOCHS), loss="cross_entropy", random_state=seed)
        plain_seconds = seconds_of(plain.fit, X, y)
        plain_accuracy = 100 * plain.score(*test)
    classifier = case.make(T, seed)
    trusted = {"y_trusted": some_labels(clean, case.n_trusted, seed)} if case.n_trusted else {}
    seconds = seconds_of(classifier.fit, X, y, **trusted)
    predicted = classifier.predict(test[0])
    found = classifier.transition_matrix_
    distance = np.abs(found[:, None] - T[None]).sum(axis=2)
    return {
        "case": name,
        "noise_rate": case.noise_rate,
        "seed": seed,
        "accuracy": round(100 * float((predicted == test[1]).mean()), 2),
        "lowest_recall": round(
            100 * min(float((predicted[test[1] == k] == k).mean()) for k in range(10)), 2
        ),
        "error": round(float(distance.diagonal().mean()), 5),
        "error_up_to_order": round(float(distance[linear_sum_assignment(distance)].mean()), 5),
        "cpu_seconds": round(seconds, 1),
        "plain_accuracy": round(plain_accuracy, 2),
        "plain_cpu_seconds": round(plain_seconds, 1),
    }


def some_labels(clean: np.ndarray, n_per_class: int, seed: int) -> np.ndarray:
    """Clean labels of a few random rows of each class, NaN for all others."""
    rng, labels = np.random.default_rng(seed), np.full(len(clean), np.nan)
    for k in range(10):
        chosen = rng.choice(np.flatnonzero(clean == k), n_per_class, replace=False)
        labels[chosen] = k
    return labels


def seconds_of(fit: Callable, *arguments: Any, **settings: Any) -> float:
    """CPU time: other work on the machine does not count."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # T at 0.6 is not identified: known.
        fit(*arguments, **settings)
    return time.process_time() - start


def read(file: Path) -> list[dict]:
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def append(file: Path, row: dict) -> None:
    new = not file.exists()
    with file.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, FIELDS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


# %% Report


def report(rows: list[dict]) -> Iterator[str]:
    yield "# Accuracy on MNIST with an estimated T"
    yield ""
    yield (
        "Command: `SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python "
        "examples/benchmarks/mnist_accuracy.py`"
    )
    yield ""
    yield (
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}, one thread, "
        f"other work beside it; Python {platform.python_version()}, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}."
    )
    yield ""
    yield (
        f"Asymmetric noise, the rate in the name. Network, AdaGrad and {EPOCHS} epochs of Patrini "
        f"et al. (2017); {FIRST_EPOCHS} epochs in the first stage, "
        "`transition_matrix=TransitionMatrixEstimator(net.set_params(max_epochs=8))`, unless the "
        "name says otherwise; all else are the defaults. Accuracy on "
        "the clean test set, and the recall of the worst class, in percent. Error of T: mean over "
        "classes of the L1 distance of rows, mean and largest over seeds; *up to order*: rows in "
        "the order that fits the truth best. Cost: CPU time of the whole fit over that of one "
        "plain training in the same process, median and largest over the seeds on which that was "
        "run. Best epoch: 10% of the noisy rows held out, the weights of the lowest corrected "
        "loss on them kept."
    )
    yield ""
    yield (
        "| case | seeds | lowest accuracy | mean | lowest recall | error of T | up to order | cost "
        "| plain training, mean |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in CASES:
        mine = [row for row in rows if row["case"] == name]
        if mine:
            yield line(name, mine)


def line(name: str, rows: list[dict]) -> str:
    def column(field: str) -> np.ndarray:
        return np.array([float(row[field]) for row in rows])

    cost = column("cpu_seconds") / column("plain_cpu_seconds")
    compared = not np.isnan(cost).all()
    cells = [
        name,
        len(rows),
        f"{column('accuracy').min():.2f}",
        f"{column('accuracy').mean():.2f}",
        f"{column('lowest_recall').min():.1f}",
        *(
            f"{column(field).mean():.4f}, {column(field).max():.4f}"
            for field in ("error", "error_up_to_order")
        ),
        f"{np.nanmedian(cost):.2f}, {np.nanmax(cost):.2f}" if compared else "",
        f"{np.nanmean(column('plain_accuracy')):.2f}" if compared else "",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=10, help="at most so many per case")
    parser.add_argument("--plain-seeds", type=int, default=10, help="trained plainly too")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    folder = Path(os.environ["SKNOISY_DATA_HOME"]) / "mnist"
    train, test = read_mnist(folder, "train"), read_mnist(folder, "t10k")
    file = asked.results / "mnist_accuracy.csv"
    done = {(row["case"], int(row["seed"])) for row in read(file)}
    # Seed by seed over all cases, so that an interrupted run has something of each.
    planned = [
        (name, seed)
        for seed in range(asked.seeds)
        for name in asked.only
        if seed < CASES[name].n_seeds and (name, seed) not in done
    ]
    for name, seed in tqdm(planned, unit="run"):
        row = run(name, seed, train, test, asked.plain_seeds)
        append(file, row)
        tqdm.write(f"{name}, seed {seed}: {row['accuracy']}")
    text = "\n".join(report(read(file))) + "\n"
    write_text(asked.results / "mnist_accuracy.md", text)


if __name__ == "__main__":
    main()
