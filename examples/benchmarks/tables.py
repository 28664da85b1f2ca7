"""Real tables with noisy labels: the defaults against what a practitioner would take instead.

    python examples/benchmarks/tables.py --quick --data-home DIR
    python examples/benchmarks/tables.py --full --data-home DIR
    python examples/benchmarks/tables.py report

`DIR` holds ``tables/*.npz`` with X, y and is_numeric. A third of each table is kept for testing,
with clean labels; numeric columns are scaled on the rest. Runs that are done are skipped, so that
the script may be stopped at any time. --quick takes four tables and one seed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from tables_report import NOISES, report

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
)
from sknoisy.metrics import transition_matrix_error
from sknoisy.noise import (
    corrupt_labels,
    pair_flip_transition_matrix,
    part_dependent_noise,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

# Name and number of classes.
TABLES = {
    "abalone3": 3,
    "adult": 2,
    "contraceptive": 3,
    "german": 2,
    "letter": 26,
    "magic": 2,
    "mammographic": 2,
    "satimage": 6,
    "segment": 7,
    "spambase": 2,
    "splice": 3,
    "vehicle": 4,
    "winered3": 3,
    "winewhite5": 5,
    "yeast": 9,
}
QUICK_TABLES = ("german", "mammographic", "segment", "vehicle")
TEST_SHARE = 1 / 3
TINY_ROWS = 150


class Problem(NamedTuple):
    """Noisy training rows, the T that made their labels, and clean test rows."""

    X: NDArray[np.float32]
    noisy: NDArray[np.int64]
    T: NDArray[np.float64]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def load_problem(name: str, noise: str, seed: int, folder: Path, n_rows: int | None) -> Problem:
    with np.load(folder / "tables" / f"{name}.npz") as table:
        X, y, numeric = table["X"], table["y"].astype(np.int64), table["is_numeric"]
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=TEST_SHARE, stratify=y, random_state=seed
    )
    if n_rows is not None:
        X, y = X[:n_rows], y[:n_rows]
    if numeric.any():
        scaler = StandardScaler().fit(X[:, numeric])
        X[:, numeric] = scaler.transform(X[:, numeric])
        X_test[:, numeric] = scaler.transform(X_test[:, numeric])
    noisy, T = corrupted(X, y, noise, len(np.unique(y_test)), seed)
    return Problem(X, noisy, T, X_test, y_test)


def corrupted(
    X: NDArray[Any], y: NDArray[np.int64], noise: str, n_classes: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Noisy labels, and T: for noise that depends on X, the one counted from its labels."""
    if noise == "instance 0.3":
        noisy = part_dependent_noise(X, y, 0.3, random_state=seed).labels
        return noisy, transition_matrix_from_labels(y, noisy)
    T = {
        "none": lambda: np.eye(n_classes),
        "symmetric 0.2": lambda: symmetric_transition_matrix(n_classes, 0.2),
        "symmetric 0.4": lambda: symmetric_transition_matrix(n_classes, 0.4),
        "pair 0.3": lambda: pair_flip_transition_matrix(n_classes, 0.3),
        "0.3 / 0.1": lambda: np.array([[0.7, 0.3], [0.1, 0.9]]),
    }[noise]()
    return corrupt_labels(y, T, random_state=seed), T


def forest(seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(min_samples_leaf=5, random_state=seed)


def boosting(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(random_state=seed)


def clean_learning(T: NDArray[np.float64], seed: int) -> Any:
    from cleanlab.classification import CleanLearning

    return CleanLearning(boosting(seed), seed=seed, find_label_issues_kwargs={"n_jobs": 1})


# What is compared: from the true T and a seed to a classifier. Names with "T" know the true one.
METHODS: dict[str, Callable[[NDArray[np.float64], int], Any]] = {
    "forest": lambda T, seed: forest(seed),
    "logistic": lambda T, seed: LogisticRegression(max_iter=1000),
    "boosting": lambda T, seed: boosting(seed),
    "MLP": lambda T, seed: MLPClassifier(random_state=seed),
    "cleanlab": clean_learning,
    "forward": lambda T, seed: ForwardCorrectedClassifier(random_state=seed),
    "forward, T": lambda T, seed: ForwardCorrectedClassifier(
        transition_matrix=T, random_state=seed
    ),
    "uncorrected": lambda T, seed: RobustLossClassifier(loss="cross_entropy", random_state=seed),
    "backward": lambda T, seed: BackwardCorrectedClassifier(random_state=seed),
    "GCE": lambda T, seed: RobustLossClassifier(loss="gce", random_state=seed),
    "reweighted forest": lambda T, seed: ReweightedClassifier(forest(seed), random_state=seed),
    "reweighted forest, T": lambda T, seed: ReweightedClassifier(
        forest(seed), transition_matrix=T, random_state=seed
    ),
    "reweighted boosting": lambda T, seed: ReweightedClassifier(boosting(seed), random_state=seed),
}


def grid(scale: str) -> list[dict[str, Any]]:
    tables = TABLES if scale == "full" else QUICK_TABLES
    noises = NOISES if scale != "tiny" else NOISES[:2]
    return [
        {"table": table, "noise": noise, "method": method}
        for table in (tables if scale != "tiny" else QUICK_TABLES[:1])
        for noise in noises
        # Two classes have no pairs, more have no two rates.
        if noise != ("pair 0.3" if TABLES[table] == 2 else "0.3 / 0.1")
        for method in (METHODS if scale != "tiny" else ("forest", "logistic", "forward"))
    ]


def run(settings: dict[str, Any], seed: int, context: Context) -> dict[str, Any]:
    if context.data_home is None:
        raise SystemExit("Give --data-home, or set SKNOISY_DATA_HOME: the folder with tables/.")
    n_rows = TINY_ROWS if settings["scale"] == "tiny" else None
    problem = load_problem(settings["table"], settings["noise"], seed, context.data_home, n_rows)
    clf = METHODS[settings["method"]](problem.T, seed)
    start = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(problem.X, problem.noisy)
    seconds = time.process_time() - start
    for warning in caught:  # Noted in the row of results.
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    estimated = settings["method"] in ("forward", "backward", "reweighted forest")
    T = clf.transition_matrix_ if estimated else None
    return {
        **scores(clf, problem),
        "cpu_seconds": round(seconds, 2),
        "T_error": "" if T is None else round(transition_matrix_error(problem.T, T), 4),
        # That rows are copies of others is said beside.
        "doubted": int(any("copies" not in d for d in clf.doubts_)) if estimated else "",
    }


def scores(clf: Any, problem: Problem) -> dict[str, float]:
    """Of the clean test labels; a class that a classifier never saw has probability zero."""
    n_classes = len(problem.T)
    proba = np.zeros((len(problem.y_test), n_classes))
    fitted = clf if hasattr(clf, "classes_") else clf.clf  # That of cleanlab holds a classifier.
    proba[:, fitted.classes_.astype(int)] = clf.predict_proba(problem.X_test)
    predicted = proba.argmax(axis=1)
    ranking = proba[:, 1] if n_classes == 2 else proba
    found = {
        "accuracy": (predicted == problem.y_test).mean(),
        "balanced_accuracy": balanced_accuracy_score(problem.y_test, predicted),
        "log_loss": log_loss(problem.y_test, proba, labels=range(n_classes)),
        "AUC": roc_auc_score(problem.y_test, ranking, multi_class="ovr"),
    }
    return {name: round(float(value), 4) for name, value in found.items()}


STUDY = Study(
    name="tables",
    description=__doc__,
    settings=("table", "noise", "method"),
    results=(
        "accuracy",
        "balanced_accuracy",
        "log_loss",
        "AUC",
        "cpu_seconds",
        "T_error",
        "doubted",
    ),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 1, "full": 5},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
