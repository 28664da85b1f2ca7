"""Several annotators, and groups of rows that err in different ways: what own matrices are worth.

    OMP_NUM_THREADS=1 python examples/benchmarks/annotators.py
    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/annotators.py --only cifar10n

Each run is appended to docs/results/annotators.csv when it ends, and skipped if it is there
already; docs/results/annotators.md is drawn from the file. Methods see features and noisy labels
only, unless their name says otherwise. crowd-kit's Dawid-Skene runs where crowd-kit is installed.
The part on CIFAR-10N needs Pillow and 2 GB of memory; SKNOISY_BENCHMARK_CACHE=DIR keeps its
features on disk.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from joblib import Memory
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import train_test_split

import sknoisy
from sknoisy import (
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    make_net,
)
from sknoisy._files import write_text
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.noise import (
    annotator_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

RESULTS = Path(__file__).parents[2] / "docs" / "results"
FIELDS = ["part", "problem", "seed", "method", "consensus", "error", "accuracy", "seconds"]
# What a method found: right labels among those of the rows, error of T, accuracy on test rows.
Found = dict[str, float]

symmetric, pair = symmetric_transition_matrix, pair_flip_transition_matrix


def error(found: Any, true: Any) -> float:
    """Mean over matrices and classes of the L1 distance of rows."""
    return float(np.abs(np.asarray(found) - np.asarray(true)).sum(axis=2).mean())


def trees() -> Any:
    return ExtraTreesClassifier(100, min_samples_leaf=2)


def net() -> Any:
    return make_net(max_epochs=40)


# %% Annotators of digits

CROWDS: dict[str, tuple[list[np.ndarray], float | str]] = {
    "3 annotators: 10, 30, 50% wrong": ([symmetric(10, r) for r in (0.1, 0.3, 0.5)], 1.0),
    "3 annotators: spread 50%, pair 40%, spread 40%": (
        [symmetric(10, 0.5), pair(10, 0.4), symmetric(10, 0.4)],
        1.0,
    ),
    "30 annotators, each labels 10%; 5 to 70% wrong": (
        [symmetric(10, r) for r in np.linspace(0.05, 0.7, 30)],
        0.1,
    ),
    "10 annotators, one label per row; 10 to 60% wrong": (
        [symmetric(10, r) for r in np.linspace(0.1, 0.6, 10)],
        "one",
    ),
}


def crowd(name: str, seed: int) -> tuple[Any, ...]:
    """Rows, labels with -1 for gaps, clean labels, matrices; then rows and labels to test on."""
    matrices, coverage = CROWDS[name]
    X, clean = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X, X_test, clean, test = train_test_split(
        X, clean, test_size=450, stratify=clean, random_state=seed
    )
    rng = np.random.default_rng(seed)
    every = 1.0 if coverage == "one" else coverage
    y = annotator_labels(clean, matrices, coverage=every, missing=-1, random_state=seed)
    if coverage == "one":
        own = rng.integers(len(matrices), size=len(y))
        y = np.where(np.arange(len(matrices)) == own[:, None], y, -1)
    return X, y, clean, matrices, X_test, test


def majority(y: np.ndarray, seed: int, n_classes: int = 10) -> np.ndarray:
    """The label named most often, ties broken at random; -1 without a label."""
    counts = (y[:, :, None] == np.arange(n_classes)).sum(axis=1).astype(float)
    unlabelled = counts.sum(axis=1) == 0
    counts += np.random.default_rng(seed).uniform(0, 0.5, counts.shape)
    return np.where(unlabelled, -1, counts.argmax(axis=1))


def crowdkit(y: np.ndarray, n_classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd
    from crowdkit.aggregation import DawidSkene as Theirs

    task, worker = np.nonzero(y >= 0)
    frame = pd.DataFrame({"task": task, "worker": worker, "label": y[task, worker]})
    fitted = Theirs(n_iter=100).fit(frame)
    consensus = fitted.labels_.reindex(np.arange(len(y)), fill_value=-1).to_numpy()
    matrices = np.zeros((y.shape[1], n_classes, n_classes))
    for (who, label), row in fitted.errors_.iterrows():
        for clean, share in row.items():
            matrices[who, clean, label] = share
    return consensus, matrices


def digits(name: str, seed: int) -> Iterator[tuple[str, Callable[[], Found]]]:
    X, y, clean, matrices, X_test, test = crowd(name, seed)
    labelled = (y >= 0).any(axis=1)

    def trained(labels: np.ndarray) -> float:
        known = labels >= 0
        clf = RobustLossClassifier(net(), loss="cross_entropy", random_state=seed)
        return clf.fit(X[known], labels[known]).score(X_test, test)

    def judged(labels: np.ndarray, found: Any = None) -> Found:
        right = float((labels == clean)[labelled].mean())
        result = {"consensus": right, "accuracy": trained(labels)}
        return result if found is None else {**result, "error": error(found, matrices)}

    def dawid_skene(estimator: Any) -> Found:
        model = DawidSkene(estimator, missing_label=-1, random_state=seed).fit(X, y)
        return judged(np.where(labelled, model.consensus_, -1), model.transition_matrices_)

    def corrected(given: Any) -> Found:
        clf = AnnotatorCorrectedClassifier(
            net(), transition_matrices=given, missing_label=-1, random_state=seed
        )
        accuracy = clf.fit(X, y).score(X_test, test)
        return {"accuracy": accuracy, "error": error(clf.transition_matrices_, matrices)}

    yield "majority vote", lambda: judged(majority(y, seed))
    yield "crowd-kit's Dawid-Skene", lambda: judged(*crowdkit(y))
    yield "DawidSkene, labels only", lambda: dawid_skene(None)
    yield "DawidSkene, with trees", lambda: dawid_skene(trees())
    yield "AnnotatorCorrectedClassifier", lambda: corrected(None)
    yield "AnnotatorCorrectedClassifier, true T", lambda: corrected(np.array(matrices))
    yield "cross-entropy on clean labels", lambda: {"accuracy": trained(clean)}


# %% Groups of rows

SITES: dict[str, list[np.ndarray]] = {
    "4 sites: 0, 20, 40, 60% wrong": [symmetric(10, r) for r in (0, 0.2, 0.4, 0.6)],
    "3 sites: none, pair 70%, pair backwards 70%": [
        np.eye(10),
        pair(10, 0.7),
        pair(10, 0.7).T,
    ],
}
SMALL = "60 sites of 50 rows, 4 classes: 5 to 50% wrong"


def sited(name: str, seed: int) -> tuple[Any, ...]:
    """Rows, noisy labels, sites, matrices, clean labels; rows and labels to test on."""
    if name == SMALL:
        X, clean = make_classification(
            4000,
            20,
            n_informative=8,
            n_redundant=4,
            n_classes=4,
            n_clusters_per_class=2,
            class_sep=1.3,
            flip_y=0,
            random_state=seed,
        )
        X, n_train = X.astype(np.float32), 3000
        matrices = [symmetric(4, rate) for rate in np.linspace(0.05, 0.5, 60)]
    else:
        X, clean = load_digits(return_X_y=True)
        X, n_train = (X / 16).astype(np.float32), 1347
        matrices = SITES[name]
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    train, test = order[:n_train], order[n_train:]
    site = rng.permutation(np.arange(n_train) % len(matrices))
    edges = np.array(matrices)[site, clean[train]].cumsum(axis=1)
    y = (rng.random((n_train, 1)) > edges).sum(axis=1).clip(max=edges.shape[1] - 1)
    return X[train], y, site, matrices, clean[train], X[test], clean[test]


def groups(name: str, seed: int) -> Iterator[tuple[str, Callable[[], Found]]]:
    X, y, site, matrices, clean, X_test, test = sited(name, seed)
    mean = np.mean(matrices, axis=0)
    K = len(mean)

    def forward(given: Any, own: bool) -> Found:
        clf = ForwardCorrectedClassifier(net(), transition_matrix=given, random_state=seed)
        clf.fit(X, y, **({"noise_groups": site} if own else {}))
        found = clf.transition_matrices_ if own else [clf.transition_matrix_] * len(matrices)
        return {"accuracy": clf.score(X_test, test), "error": error(found, matrices)}

    def plain(labels: np.ndarray) -> Found:
        clf = RobustLossClassifier(net(), loss="cross_entropy", random_state=seed)
        return {"accuracy": clf.fit(X, labels).score(X_test, test)}

    def counted() -> Found:
        counts = np.zeros((len(matrices), K, K))
        np.add.at(counts, (site, clean, y), 1)
        sums = counts.sum(axis=2, keepdims=True)
        return {"error": error(np.where(sums > 0, counts / np.maximum(sums, 1), mean), matrices)}

    yield "cross-entropy", lambda: plain(y)
    yield "forward, one estimated T", lambda: forward(None, False)
    yield "forward, estimated T of each site", lambda: forward(None, True)
    yield "forward, one true T (mean of the sites)", lambda: forward(mean, False)
    yield "forward, true T of each site", lambda: forward(np.array(matrices), True)
    yield "counted per site with all clean labels, no shrinkage", counted
    yield "cross-entropy on clean labels", lambda: plain(clean)


# %% CIFAR-10N

MEMORY = Memory(os.environ.get("SKNOISY_BENCHMARK_CACHE"), verbose=0)
N_IMAGES = 25_000
LABELLED = {"three labels per image": 3, "one of the three labels per image": 1}


def features_of(home: Path, n_images: int) -> np.ndarray:
    """Those of transition_images.py, of the first images only."""
    from transition_images import read_images, responses, whitened_patches

    images = read_images(home / "cifar10" / "train_jpeg.npz")[:n_images]
    filters, offset = whitened_patches(images)
    found = []
    with torch.no_grad():
        for first in range(0, n_images, 250):
            batch = torch.from_numpy(images[first : first + 250]).permute(0, 3, 1, 2) / 255.0
            found.append(responses(batch, filters, offset).numpy())
    features = np.concatenate(found)
    features -= features.mean(axis=0)
    features /= features.std(axis=0) + 1e-6
    return features


def cifar10n(name: str, seed: int) -> Iterator[tuple[str, Callable[[], Found]]]:
    from transition_images import LeastSquares

    home = os.environ.get("SKNOISY_DATA_HOME")
    if not home:
        raise SystemExit("Set SKNOISY_DATA_HOME to the folder with cifar10/.")
    stored = np.load(Path(home) / "cifar10" / "cifar10n.npz")
    clean = stored["clean"][:N_IMAGES].astype(int)
    y = np.column_stack([stored[f"random{a}"] for a in (1, 2, 3)])[:N_IMAGES].astype(int)
    true = np.array(
        [[[np.mean(a[clean == i] == j) for j in range(10)] for i in range(10)] for a in y.T]
    )
    if LABELLED[name] == 1:
        own = np.random.default_rng(seed).integers(3, size=len(y))
        y = np.where(np.arange(3) == own[:, None], y, -1)

    def dawid_skene(estimator: Any) -> Found:
        X = None if estimator is None else MEMORY.cache(features_of)(Path(home), N_IMAGES)
        model = DawidSkene(estimator, missing_label=-1, random_state=seed).fit(X, y)
        result = {
            "consensus": float((model.consensus_ == clean).mean()),
            "error": error(model.transition_matrices_, true),
        }
        if estimator is not None:
            alone = model.clean_proba_.argmax(axis=1)
            result["accuracy"] = float((alone == clean).mean())
        return result

    yield "majority vote", lambda: {"consensus": float((majority(y, seed) == clean).mean())}
    if LABELLED[name] > 1:
        yield (
            "crowd-kit's Dawid-Skene",
            lambda: {
                "consensus": float((crowdkit(y)[0] == clean).mean()),
                "error": error(crowdkit(y)[1], true),
            },
        )
        yield "DawidSkene, labels only", lambda: dawid_skene(None)
    yield "DawidSkene, with features", lambda: dawid_skene(LeastSquares())


# %% Runs

PARTS: dict[str, tuple[Callable[..., Iterator], list[str]]] = {
    "digits": (digits, list(CROWDS)),
    "groups": (groups, [*SITES, SMALL]),
    "cifar10n": (cifar10n, list(LABELLED)),
}


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


def run(part: str, seeds: int, file: Path) -> None:
    methods, problems = PARTS[part]
    done = {tuple(row[name] for name in FIELDS[:4]) for row in read(file)}
    for problem in problems:
        # The labels of people are what they are; a seed would be the classifier's.
        for seed in range(1 if part == "cifar10n" else seeds):
            for method, work in methods(problem, seed):
                if (part, problem, str(seed), method) in done:
                    continue
                start = time.perf_counter()
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", UserWarning)
                        found = work()
                except ModuleNotFoundError as missing:
                    print(f"{method}: not run, {missing}")
                    continue
                seconds = round(time.perf_counter() - start, 2)
                values = {name: round(value, 5) for name, value in found.items()}
                known = dict(zip(FIELDS, (part, problem, seed, method), strict=False))
                append(file, {**known, **values, "seconds": seconds})
                print(problem, seed, method, values, seconds, flush=True)


# %% Report

HEADERS = {
    "digits": ("labels right", "error of T", "test accuracy"),
    "groups": ("labels right", "error of T", "test accuracy"),
    "cifar10n": ("labels right", "error of T", "classifier alone, out of fold"),
}


def report(rows: list[dict]) -> Iterator[str]:
    yield "# Annotators and groups"
    yield ""
    command = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/annotators.py"
    yield f"Command: `{command}`"
    yield ""
    yield (
        f"Machine: {platform.machine()}, {platform.system()}, one thread; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scikit-learn "
        f"{sklearn.__version__}, torch {torch.__version__}, sknoisy {sknoisy.__version__}"
        f"{crowdkit_version(rows)}."
    )
    yield ""
    yield (
        "Means over seeds with their standard errors. *Labels right*: the share of training rows "
        "with a label whose consensus is the clean label; majority votes break ties at random. "
        "*Error of T*: mean over annotators or sites, and over classes, of the L1 distance of "
        "rows. *Test accuracy*: on clean labels of other rows, of the default network trained for "
        "40 epochs; after a consensus, with plain cross-entropy on it. Seconds are of the whole "
        "method, training included, on a machine that did other work too."
    )
    for part in PARTS:
        chosen = [row for row in rows if row["part"] == part]
        if chosen:
            yield from section(part, chosen)


def crowdkit_version(rows: list[dict]) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f", crowd-kit {version('crowd-kit')}"
    except PackageNotFoundError:
        return ""


ABOUT = {
    "digits": (
        "scikit-learn's digits, 1,347 rows to train on and 450 to test on; annotators are "
        "simulated. *Spread*: wrong labels are drawn evenly; *pair*: a class is taken for the next."
    ),
    "groups": (
        "One label per row, from sites that err in different ways: the first two on digits as "
        "above, the last on `make_classification` (3,000 rows to train on, 1,000 to test on)."
    ),
    "cifar10n": (
        "The first 25,000 training images of CIFAR-10, each labelled by three people (`random1` to "
        "`random3` of CIFAR-10N; the columns are not the same three people throughout); features "
        "are responses to random patches, and the classifier is a ridge regression on them "
        "(transition_images.py)."
    ),
}


def section(part: str, rows: list[dict]) -> Iterator[str]:
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    problems, methods = PARTS[part][1], list(dict.fromkeys(row["method"] for row in rows))
    # Runs that were added later stand where they belong.
    rows = sorted(
        (row for row in rows if row["problem"] in problems),
        key=lambda row: (problems.index(row["problem"]), methods.index(row["method"])),
    )
    for row in rows:
        values = found.setdefault((row["problem"], row["method"]), defaultdict(list))
        for name in ("consensus", "error", "accuracy", "seconds"):
            if row[name]:
                values[name].append(float(row[name]))
    yield from ("", f"## {part}", "", ABOUT[part], "")
    yield f"| problem | method | {' | '.join(HEADERS[part])} | seeds | seconds |"
    yield "|---|---|---|---|---|---|---|"
    for (problem, method), values in found.items():
        cells = [
            shown(values["consensus"], 100, "%"),
            shown(values["error"], 1, ""),
            shown(values["accuracy"], 100, "%"),
        ]
        seconds = f"{len(values['seconds'])} | {np.median(values['seconds']):.1f}"
        yield f"| {problem} | {method} | {' | '.join(cells)} | {seconds} |"


def shown(values: list[float], factor: int, unit: str) -> str:
    if not values:
        return ""
    digits_shown = 1 if unit else 3
    text = f"{factor * np.mean(values):.{digits_shown}f}"
    if len(values) > 1:
        spread = factor * np.std(values, ddof=1) / np.sqrt(len(values))
        text += f" ± {spread:.{digits_shown}f}"
    return text + unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="0 only draws the page")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--output", type=Path, default=RESULTS / "annotators.csv")
    args = parser.parse_args()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    if args.seeds:
        for part in args.only:
            run(part, args.seeds, args.output)
    page = args.output.with_suffix(".md")
    write_text(page, "\n".join(report(read(args.output))) + "\n")


if __name__ == "__main__":
    main()
