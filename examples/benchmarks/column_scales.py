"""Does it matter to the defaults in which units the columns of a table come?

    OMP_NUM_THREADS=1 python examples/benchmarks/column_scales.py --data-home DIR

The tables of tables.py with symmetric noise 0.2: accuracy on clean test labels, mean over five
seeds, with the columns standardised, as they are, and each times a power of ten between 1e-6 and
1e6, which rounds them differently. T is given, or estimated. Prints a page;
docs/results/column_scales.md holds one.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from _machine import machine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tables import TABLES, TEST_SHARE

from sknoisy import ForwardCorrectedClassifier
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

SEEDS, RATE, LARGEST_POWER = range(5), 0.2, 6
BAR = 0.01
Arrays = tuple[np.ndarray, np.ndarray]


def versions_of(X: np.ndarray, X_test: np.ndarray, seed: int) -> dict[str, Arrays]:
    """The same rows in three kinds of units; a constant column is standardised to zero."""
    scaler = StandardScaler().fit(X)
    rng = np.random.RandomState(seed)
    units = 10.0 ** rng.uniform(-LARGEST_POWER, LARGEST_POWER, X.shape[1])
    return {
        "standardised": (scaler.transform(X), scaler.transform(X_test)),
        "as they are": (X, X_test),
        "1e-6 to 1e6": (X * units, X_test * units),
    }


def accuracies(name: str, folder: Path, given: bool) -> dict[str, float]:
    with np.load(folder / "tables" / f"{name}.npz") as table:
        X, y = table["X"].astype(np.float64), table["y"].astype(np.int64)
    T = symmetric_transition_matrix(len(np.unique(y)), RATE)
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        train, test, y_train, y_test = train_test_split(
            X, y, test_size=TEST_SHARE, stratify=y, random_state=seed
        )
        noisy = corrupt_labels(y_train, T, random_state=seed)
        clf = ForwardCorrectedClassifier(transition_matrix=T if given else None, random_state=seed)
        for units, (rows, asked) in versions_of(train, test, seed).items():
            accuracy = (clf.fit(rows, noisy).predict(asked) == y_test).mean()
            found.setdefault(units, []).append(float(accuracy))
    return {units: float(np.mean(values)) for units, values in found.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    home = os.environ.get("SKNOISY_DATA_HOME")
    parser.add_argument("--data-home", type=Path, default=Path(home) if home else None)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), metavar="NAME")
    options = parser.parse_args(arguments)
    if options.data_home is None:
        parser.error("Give --data-home, or set SKNOISY_DATA_HOME: the folder with tables/.")
    print(f"Machine: {machine()} Seeds 0 to {max(SEEDS)}, symmetric noise {RATE:g}.\n")
    print("| table | T | standardised | as they are | 1e-6 to 1e6 | largest gap |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    worst = 0.0
    for name in options.tables:
        for given in (True, False):
            found = accuracies(name, options.data_home, given)
            first = found["standardised"]
            gap = max(abs(value - first) for value in found.values())
            worst = max(worst, gap)
            cells = " | ".join(f"{value:.4f}" for value in found.values())
            source = "given" if given else "estimated"
            print(f"| {name} | {source} | {cells} | {gap:.4f} |", flush=True)
    verdict = "holds" if worst <= BAR else "does not hold"
    print(f"\nLargest gap {worst:.4f}; the bar is {BAR}: it {verdict}.")
    return 0


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.exit(main())
