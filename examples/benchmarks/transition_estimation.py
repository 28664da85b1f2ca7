"""How far is the estimate of T from the truth? Every method side by side.

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/transition_estimation.py

Each run is appended to docs/results/transition_estimation.csv when it ends, and skipped if it is
there already; docs/results/transition_estimation.md is drawn from the file. A method that needs no
evidence is handed `Problem.seen`, which holds no clean label and no T: its choices cannot depend on
them. Out-of-fold posteriors are computed once per problem and seed;
SKNOISY_BENCHMARK_CACHE=DIR keeps them, and the features of CIFAR-10, on disk.
"""

from __future__ import annotations

import argparse
import csv
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import scipy
import sklearn
import torch
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm
from transition_bars import PATRINI, bars
from transition_methods import (
    OutOfFold,
    counted_estimate,
    estimates,
    network_estimates,
    out_of_fold,
    patrini_estimate,
    quietly,
    structured_estimates,
    trusted_estimates,
)
from transition_problems import MEMORY, PROBLEMS, Problem, Seen

from sknoisy import TransitionMatrixEstimator
from sknoisy._files import write_text

RESULTS = Path(__file__).parents[2] / "docs" / "results"
FIELDS = ["part", "problem", "seed", "method", "error", "error_up_to_order", "seconds"]

# %% Parts


def from_posteriors(problem: Problem, posteriors: OutOfFold, seed: int) -> Iterator:
    yield from estimates(problem.seen, posteriors, seed)
    yield "counted with all clean labels", counted_estimate(problem)


def from_networks(problem: Problem, posteriors: None, seed: int) -> Iterator:
    yield from network_estimates(problem.seen, seed)


def from_their_network(problem: Problem, posteriors: None, seed: int) -> Iterator:
    yield PATRINI, patrini_estimate(problem.seen, seed)


CHEAP = ["tabular", "digits"]
# What it computes, on the problems whose names start so.
PARTS: dict[str, tuple[Callable, list[str]]] = {
    "tables": (from_posteriors, CHEAP),
    "tables, networks": (from_networks, CHEAP),
    "classes": (from_posteriors, ["100 classes"]),
    "mnist": (from_posteriors, ["MNIST"]),
    "mnist, networks": (from_networks, ["MNIST"]),
    "cifar": (from_posteriors, ["CIFAR"]),
    "cifar, networks": (from_their_network, ["CIFAR"]),
    "trusted": (trusted_estimates, [*CHEAP, "MNIST, class map 0.6"]),
    "structure": (structured_estimates, ["tabular, symmetric", "tabular, pair", "digits"]),
}
# Where intervals are tried, and on what part of the repetitions that are asked for.
COVERAGE = {"tabular, symmetric 0.2": 1.0, "tabular, pair 0.4": 0.1, "digits, symmetric 0.2": 0.1}


def error(T_found: np.ndarray, T: np.ndarray) -> float:
    """Mean over classes of the L1 distance of rows."""
    return float(np.abs(T_found - T).sum(axis=1).mean())


def error_up_to_order(T_found: np.ndarray, T: np.ndarray) -> float:
    distance = np.abs(T_found[:, None] - T[None]).sum(axis=2)
    return float(distance[linear_sum_assignment(distance)].mean())


@MEMORY.cache(ignore=["seen"])
def posteriors_of(name: str, seed: int, seen: Seen) -> OutOfFold:
    """`seen` follows from the name and the seed, so that a cache need not look at it."""
    return out_of_fold(seen, seed)


def run(part: str, name: str, seed: int) -> Iterator[dict]:
    methods = PARTS[part][0]
    problem = PROBLEMS[name](seed)
    posteriors = None
    if methods not in (from_networks, from_their_network):
        posteriors = posteriors_of(name, seed, problem.seen)
    start = time.perf_counter()
    for method, T_found in methods(problem, posteriors, seed):
        seconds = time.perf_counter() - start
        if method == "default" and posteriors is not None:
            seconds += posteriors.seconds
        yield {
            "part": part,
            "problem": name,
            "seed": seed,
            "method": method,
            "error": round(error(T_found, problem.T), 5),
            "error_up_to_order": round(error_up_to_order(T_found, problem.T), 5),
            "seconds": round(seconds, 2),
        }
        start = time.perf_counter()


def cover(part: str, name: str, seed: int) -> Iterator[dict]:
    """The share of entries of T inside their intervals at nominal 95%, once per repetition."""
    problem = PROBLEMS[name](seed)
    posteriors = posteriors_of(name, seed, problem.seen)
    start = time.perf_counter()
    estimator = quietly(
        TransitionMatrixEstimator(posteriors.frozen(), keep_proba=True), problem.seen
    )
    lower, upper = estimator.interval(0.95)
    seconds = time.perf_counter() - start
    inside = (lower <= problem.T) & (problem.T <= upper)
    on_diagonal = np.eye(len(problem.T), dtype=bool)
    never = problem.T == 0
    parts = {
        "all": np.ones_like(never),
        "diagonal": on_diagonal,
        "off the diagonal": ~on_diagonal & ~never,
        "zero": never,
    }
    for entries, chosen in parts.items():
        if chosen.any():
            yield {
                "part": part,
                "problem": name,
                "seed": seed,
                "method": entries,
                "error": round(float(inside[chosen].mean()), 5),
                "error_up_to_order": "",
                "seconds": round(seconds, 2),
            }


# %% Runs


def planned(only: list[str], n_seeds: int, n_repetitions: int) -> Iterator[tuple[str, str, int]]:
    for part in only:
        if part == "coverage":
            for name, share in COVERAGE.items():
                yield from ((part, name, seed) for seed in range(int(share * n_repetitions)))
            continue
        starts = tuple(PARTS[part][1])
        names = [name for name in PROBLEMS if name.startswith(starts)]
        yield from product([part], names, range(n_seeds))


def read(file: Path) -> list[dict]:
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def append(file: Path, rows: list[dict]) -> None:
    new = not file.exists()
    with file.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, FIELDS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


# %% Report


def report(rows: list[dict], command: str) -> Iterator[str]:
    yield "# Estimating T from noisy labels"
    yield ""
    yield f"Command: `{command}`"
    yield ""
    yield (
        f"Machine: {platform.machine()}, {platform.system()}, one thread; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, torch {torch.__version__}."
    )
    yield ""
    yield (
        "Error: mean over classes of the L1 distance between a row of the estimate and of the "
        "truth, with its standard error over seeds. *Up to order*: the rows of the estimate in the "
        "order that fits the truth best. Methods are handed features and noisy labels only, unless "
        "their name says otherwise. Those that read posteriors read the same ones, out of fold: "
        "those of the default classifier for tables, of the problem's network for MNIST and, on "
        "features of random patches, for CIFAR-10N. Those under *networks* train the problem's "
        "network, the default one for tables, on all rows. [A]: Patrini et al., CVPR 2017. T of "
        "CIFAR-10N is counted from clean and noisy labels; its rows are the same for all seeds. "
        "Seconds are medians of wall-clock time, taken while other processes ran."
    )
    yield from bars(rows)
    parts = {row["part"] for row in rows}
    for part in [*PARTS, "coverage"]:
        if part in parts:
            yield from section(part, [row for row in rows if row["part"] == part])


def section(part: str, rows: list[dict]) -> Iterator[str]:
    values, ordered, seconds = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in rows:
        key = row["problem"], row["method"]
        values[key].append(float(row["error"]))
        seconds[key].append(float(row["seconds"]))
        if row["error_up_to_order"]:
            ordered[key].append(float(row["error_up_to_order"]))
    yield from ("", f"## {part.capitalize()}", "")
    if part == "coverage":
        yield "| problem | entries | inside the interval at nominal 95% | repetitions | seconds |"
        yield "|---|---|---|---|---|"
        for key, found in values.items():
            yield (
                f"| {key[0]} | {key[1]} | {mean_and_error(found)} | {len(found)} "
                f"| {np.median(seconds[key]):.1f} |"
            )
        return
    yield "| problem | method | error | up to order | seeds | seconds |"
    yield "|---|---|---|---|---|---|"
    for key, found in values.items():
        yield (
            f"| {key[0]} | {key[1]} | {mean_and_error(found)} | {np.mean(ordered[key]):.3f} "
            f"| {len(found)} | {np.median(seconds[key]):.1f} |"
        )


def mean_and_error(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.3f}"
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1) / np.sqrt(len(values)):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = [*PARTS, "coverage"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--repetitions", type=int, default=200, help="of the coverage")
    parser.add_argument("--quick", action="store_true", help="one seed, tables only, nothing kept")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.quick:
        for part, name, seed in tqdm(list(planned(["tables"], 1, 0))):
            tqdm.write(
                "\n".join(
                    f"{r['problem']}: {r['method']}: {r['error']}" for r in run(part, name, seed)
                )
            )
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "transition_estimation.csv"
    done = {(row["part"], row["problem"], row["seed"]) for row in read(file)}
    todo = [
        key
        for key in planned(asked.only, asked.seeds, asked.repetitions)
        if (*key[:2], str(key[2])) not in done
    ]
    for part, name, seed in tqdm(todo):
        tqdm.write(f"{part}: {name}, seed {seed}")
        once = cover if part == "coverage" else run
        append(file, list(once(part, name, seed)))
    command = (
        "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python "
        f"examples/benchmarks/transition_estimation.py --seeds {asked.seeds}"
    )
    text = "\n".join(report(read(file), command)) + "\n"
    write_text(RESULTS / "transition_estimation.md", text)


if __name__ == "__main__":
    main()
