"""Positive and unlabelled rows of real tables: the share of positives, and accuracy.

    python examples/benchmarks/positive_unlabelled.py --full --data-home DIR
    python examples/benchmarks/positive_unlabelled.py report

`DIR` holds ``tables/*.npz`` with X, y and is_numeric. Of the positive training rows a share, the
label frequency, is drawn at random and labelled; all others are unlabelled. A third of each table
is kept for testing, with clean labels. Methods of pulearn are left out where it is not installed.
What sknoisy does was settled on other tables. --quick takes one table.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from _reports import cell, markdown_table, provenance, select, unique, values, write_page
from _results import Row

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    TransitionMatrixEstimator,
)

# The classes that count as positive: the second of two, or the first half of the alphabet.
TABLES: dict[str, Sequence[int]] = {
    "adult": [1],
    "german": [1],
    "letter": range(13),
    "magic": [1],
    "mammographic": [1],
    "spambase": [1],
}
FREQUENCIES = (0.2, 0.5)
TEST_SHARE = 1 / 3
TINY_ROWS = 400
SCRIPT = "python examples/benchmarks/positive_unlabelled.py"
COMMAND = f"SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 {SCRIPT}"


class Problem(NamedTuple):
    """Rows with label 1 (positive) or 0 (unlabelled), the clean labels, and test rows."""

    X: NDArray[np.float32]
    labelled: NDArray[np.int64]
    clean: NDArray[np.int64]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    seed: int


def load_problem(
    name: str, frequency: float, seed: int, folder: Path, n_rows: int | None
) -> Problem:
    with np.load(folder / "tables" / f"{name}.npz") as table:
        X, numeric = table["X"], table["is_numeric"]
        y = np.isin(table["y"], list(TABLES[name])).astype(np.int64)
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=TEST_SHARE, stratify=y, random_state=seed
    )
    X, y = X[:n_rows], y[:n_rows]
    if numeric.any():
        scaler = StandardScaler().fit(X[:, numeric])
        X[:, numeric] = scaler.transform(X[:, numeric])
        X_test[:, numeric] = scaler.transform(X_test[:, numeric])
    drawn = np.random.default_rng(seed).uniform(size=len(y)) < frequency
    return Problem(X, y * drawn, y, X_test, y_test, seed)


class Found(NamedTuple):
    """The share of positives among all rows, and predictions, where a method gives them."""

    share: float | None = None
    predicted: NDArray[Any] | None = None


Method = Callable[[Problem], Found]


# %% Ours, and references


def forest(seed: int, n_trees: int = 100) -> RandomForestClassifier:
    return RandomForestClassifier(n_trees, min_samples_leaf=5, random_state=seed)


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def corrected(make: Callable[..., Any], knows_share: bool = False) -> Method:
    """A classifier of sknoisy with T of positive and unlabelled rows."""

    def run(problem: Problem) -> Found:
        structure: dict[str, Any] = {"noise": "positive_unlabelled", "positive": 1}
        if knows_share:
            structure["positive_share"] = float(problem.clean.mean())
        T = TransitionMatrixEstimator(structure=structure, random_state=problem.seed)
        clf = make(problem.seed, transition_matrix=T).fit(problem.X, problem.labelled)
        share = problem.labelled.mean() / clf.transition_matrix_[1, 1]
        return Found(float(share), clf.predict(problem.X_test))

    return run


def forward(seed: int, **parameters: Any) -> Any:
    return ForwardCorrectedClassifier(random_state=seed, **parameters)


def backward(seed: int, **parameters: Any) -> Any:
    return BackwardCorrectedClassifier(random_state=seed, **parameters)


def non_negative(seed: int, **parameters: Any) -> Any:
    return backward(seed, base_loss="non_negative", **parameters)


def reweighted(seed: int, **parameters: Any) -> Any:
    return ReweightedClassifier(forest(seed), random_state=seed, **parameters)


def forest_of_clean(problem: Problem) -> Found:
    clf = forest(problem.seed).fit(problem.X, problem.clean)
    return Found(None, clf.predict(problem.X_test))


def forest_of_labels(problem: Problem) -> Found:
    clf = forest(problem.seed).fit(problem.X, problem.labelled)
    return Found(float(problem.labelled.mean()), clf.predict(problem.X_test))


# %% pulearn


def share_of(make: Callable[[int], Any]) -> Method:
    """An estimator of the share of positives."""
    return lambda problem: Found(make(problem.seed).fit(problem.X, problem.labelled).pi_)


def frequency_of(estimator: Callable[[int], Any]) -> Method:
    """The label frequency by out-of-fold scores, and the share that follows."""

    def run(problem: Problem) -> Found:
        from pulearn import CrossValidatedPropensityEstimator

        found = CrossValidatedPropensityEstimator(
            estimator(problem.seed), random_state=problem.seed
        )
        c = found.estimate(problem.labelled, X=problem.X).c
        return Found(min(1.0, float(problem.labelled.mean() / c)))

    return run


def classified(make: Callable[[Problem], Any]) -> Method:
    def run(problem: Problem) -> Found:
        clf = make(problem).fit(problem.X, problem.labelled)
        share = problem.labelled.mean() / clf.c if hasattr(clf, "c") else None
        predicted = (np.asarray(clf.predict(problem.X_test)) == 1).astype(int)
        return Found(None if share is None else min(1.0, float(share)), predicted)

    return run


def pulearn_methods() -> dict[str, Method]:
    """Its estimators of the share and its classifiers; none where it is not installed."""
    try:
        import pulearn as pu
    except ImportError:
        return {}

    def weighted(problem: Problem) -> Any:
        n_labelled = int(problem.labelled.sum())
        n_unlabelled = len(problem.labelled) - n_labelled
        base = forest(problem.seed)
        return pu.WeightedElkanotoPuClassifier(
            base, n_labelled, n_unlabelled, random_state=problem.seed
        )

    def bagging(problem: Problem) -> Any:
        return pu.BaggingPuClassifier(
            DecisionTreeClassifier(),
            n_estimators=100,
            max_samples=int(problem.labelled.sum()),
            random_state=problem.seed,
        )

    def nnpu(problem: Problem) -> Any:
        share = pu.ScarEMPriorEstimator().fit(problem.X, problem.labelled).pi_
        return pu.NNPUClassifier(prior=share, random_state=problem.seed)

    def nnpu_known(problem: Problem) -> Any:
        return pu.NNPUClassifier(prior=float(problem.clean.mean()), random_state=problem.seed)

    return {
        "label share": share_of(lambda seed: pu.LabelFrequencyPriorEstimator()),
        "histogram": share_of(lambda seed: pu.HistogramMatchPriorEstimator()),
        "histogram, forest": share_of(lambda seed: pu.HistogramMatchPriorEstimator(forest(seed))),
        "SCAR EM": share_of(lambda seed: pu.ScarEMPriorEstimator()),
        "SCAR EM, forest": share_of(lambda seed: pu.ScarEMPriorEstimator(forest(seed, 20))),
        "out-of-fold c": frequency_of(lambda seed: logistic()),
        "out-of-fold c, forest": frequency_of(forest),
        "Elkan-Noto": classified(
            lambda p: pu.ElkanotoPuClassifier(logistic(), random_state=p.seed)
        ),
        "Elkan-Noto, forest": classified(
            lambda p: pu.ElkanotoPuClassifier(forest(p.seed), random_state=p.seed)
        ),
        "weighted Elkan-Noto, forest": classified(weighted),
        "bagged trees": classified(bagging),
        "nnPU": classified(nnpu),
        "nnPU, share known": classified(nnpu_known),
        "naive Bayes": classified(lambda p: pu.PositiveNaiveBayesClassifier()),
        "weighted naive Bayes": classified(lambda p: pu.WeightedNaiveBayesClassifier()),
        "TAN": classified(lambda p: pu.PositiveTANClassifier()),
        "weighted TAN": classified(lambda p: pu.WeightedTANClassifier()),
    }


OURS: dict[str, Method] = {
    "reweighted forest": corrected(reweighted),
    "forward": corrected(forward),
    "backward": corrected(backward),
    "backward, non-negative": corrected(non_negative),
}
KNOWN: dict[str, Method] = {
    "reweighted forest, share known": corrected(reweighted, knows_share=True),
}
REFERENCES: dict[str, Method] = {
    "forest of the labels": forest_of_labels,
    "forest of clean labels": forest_of_clean,
}
THEIRS = pulearn_methods()
METHODS = {**OURS, **KNOWN, **THEIRS, **REFERENCES}
KNOWING = (*KNOWN, "nnPU, share known", "forest of clean labels")


# %% Runs and report


def grid(scale: str) -> list[dict[str, Any]]:
    if scale == "tiny":
        names = [*OURS, "forest of the labels"]
        return [{"table": "german", "frequency": 0.5, "method": name} for name in names]
    return [
        {"table": table, "frequency": frequency, "method": method}
        for table in (TABLES if scale == "full" else ("mammographic",))
        for frequency in FREQUENCIES
        for method in METHODS
    ]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    if context.data_home is None:
        raise SystemExit("Give --data-home, or set SKNOISY_DATA_HOME: the folder with tables/.")
    n_rows = TINY_ROWS if settings["scale"] == "tiny" else None
    table, frequency = settings["table"], settings["frequency"]
    problem = load_problem(table, frequency, seed, context.data_home, n_rows)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Doubts about T; the errors are in the table.
        found = METHODS[settings["method"]](problem)
    true = float(problem.clean.mean())
    right = None if found.predicted is None else found.predicted == problem.y_test
    return {
        "share": "" if found.share is None else round(found.share, 4),
        "share_error": "" if found.share is None else round(abs(found.share - true), 4),
        "accuracy": "" if right is None else round(float(right.mean()), 4),
        "cpu_seconds": round(time.process_time() - start, 2),
    }


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Positive and unlabelled rows",
        "",
        "Of the positive rows a share of 0.2 or 0.5, the label frequency, is labelled; all others "
        "are unlabelled. *Error of the share*: distance of the estimated share of positives among "
        "all training rows from the true one. Accuracy is that on clean test labels. The first "
        "five methods are sknoisy's, the forests of the labels and of clean labels are "
        "references, and the others are those of pulearn 0.2.0. Its classifiers of Elkan and Noto "
        "estimate the label frequency on rows that they hold out, and the share follows. *Share "
        "known*: the true share of positives was passed. Positive are the second class of a table "
        "with two, and A to M of letter. The bar: error of the share and accuracy at least level "
        "with pulearn's best, mean over the tables. The estimator, its settings, and the "
        "reweighted forest as the classifier for tables were chosen on nine other tables.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        lines += [f"## Bars, {scale}", "", *bars(some), ""]
        for column, title in (("share_error", "Error of the share"), ("accuracy", "Accuracy")):
            lines += [f"## {title}, {scale}", "", *table_of(some, column), ""]
    return [write_page(lines, folder / "positive_unlabelled.md")]


def bars(rows: Sequence[Row]) -> list[str]:
    """Our first method against the best of pulearn, at each frequency."""
    body = []
    for column, title, better in (
        ("share_error", "error of the share", min),
        ("accuracy", "accuracy", max),
    ):
        for frequency in FREQUENCIES:
            some = select(rows, frequency=frequency)
            theirs = means(some, column, [name for name in THEIRS if name not in KNOWING])
            if not theirs:
                continue
            best = better(theirs, key=lambda name: theirs[name])
            mine = next(iter(OURS))
            ours = means(some, column, [mine])[mine]
            met = better(ours, theirs[best]) == ours
            body.append(
                [
                    f"{title}, frequency {frequency}",
                    f"{ours:.3f} ({mine})",
                    f"{theirs[best]:.3f} ({best})",
                    "yes" if met else "no",
                ]
            )
    return markdown_table(["", "sknoisy", "pulearn's best", "met"], body)


def means(rows: Sequence[Row], column: str, names: Iterable[str]) -> dict[str, float]:
    """Means over tables and seeds, of the methods that have this result."""
    found = {name: values(select(rows, method=name), column) for name in names}
    return {name: float(np.mean(numbers)) for name, numbers in found.items() if numbers}


def table_of(rows: Sequence[Row], column: str) -> list[str]:
    frequencies, tables = unique(rows, "frequency"), unique(rows, "table")
    header = ["method", *(f"mean, {frequency}" for frequency in frequencies)]
    header += [f"{table}, {frequency}" for table in tables for frequency in frequencies]
    body = []
    for method in unique(rows, "method"):
        some = select(rows, method=method)
        if not values(some, column):
            continue
        line = [f"{np.mean(values(select(some, frequency=f), column)):.3f}" for f in frequencies]
        for table in tables:
            for frequency in frequencies:
                line.append(cell(select(some, table=table, frequency=frequency), column, 3))
        body.append([method, *line])
    return markdown_table(header, body)


STUDY = Study(
    name="positive_unlabelled",
    description=__doc__,
    settings=("table", "frequency", "method"),
    results=("share", "share_error", "accuracy", "cpu_seconds"),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 1, "full": 3},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
