"""50 trusted rows beside many noisy ones, on 15 tables, against the trusted rows alone.

    python examples/benchmarks/trusted_rows.py --full --data-home DIR
    python examples/benchmarks/trusted_rows.py report

`DIR` holds ``tables/*.npz`` as for tables.py, whose split and noise these are. The trusted rows
are drawn at random from the training rows. --quick takes four tables and one seed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

import tables
from _experiments import Context, Study, main
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier

N_TRUSTED = 50
NOISES = ("symmetric 0.4", "two rates or pairs 0.3", "instance 0.3")
WITH, NET, LINEAR = (
    "noisy and trusted rows",
    "trusted rows, same network",
    "trusted rows, logistic regression",
)
COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/trusted_rows.py"


def grid(scale: str) -> list[dict[str, Any]]:
    names = {"full": tuple(tables.TABLES), "quick": tables.QUICK_TABLES, "tiny": ("german",)}[scale]
    noises = NOISES[:1] if scale == "tiny" else NOISES
    return [{"table": table, "noise": noise} for table in names for noise in noises]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    table, noise = settings["table"], settings["noise"]
    if noise == NOISES[1]:
        noise = "0.3 / 0.1" if tables.TABLES[table] == 2 else "pair 0.3"
    assert context.data_home is not None
    n_rows = tables.TINY_ROWS if settings["scale"] == "tiny" else None
    problem, clean = (
        tables.load_problem(table, each, seed, context.data_home, n_rows)
        for each in (noise, "none")
    )
    X, noisy, clean = problem.X, problem.noisy, clean.noisy
    rows = np.random.default_rng(seed).permutation(len(X))[:N_TRUSTED]
    trusted = np.full(len(X), np.nan)
    trusted[rows] = clean[rows]
    classes = np.arange(len(problem.T))
    forward = ForwardCorrectedClassifier(classes=classes, random_state=seed)
    fits = {
        WITH: (forward, (X, noisy), {"y_trusted": trusted}),
        NET: (
            RobustLossClassifier(loss="cross_entropy", classes=classes, random_state=seed),
            (X[rows], clean[rows]),
            {},
        ),
        LINEAR: (LogisticRegression(max_iter=1000), (X[rows], clean[rows]), {}),
    }
    found: dict[str, Any] = {}
    for name, (clf, data, more) in fits.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clf.fit(*data, **more)
        if name == WITH:
            found["warned"] = int(any("trusted rows alone" in str(w.message) for w in caught))
        found[name] = round(float((clf.predict(problem.X_test) == problem.y_test).mean()), 4)
    return found


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Trusted rows beside noisy ones",
        "",
        f"Accuracy on clean test rows of ForwardCorrectedClassifier, trained on all noisy rows and "
        f"{N_TRUSTED} trusted ones, less that of classifiers trained on the trusted rows alone. "
        "The bar: no table is below by more than the standard error, which is over kinds of noise "
        "and seeds. *Warned*: fits which said that the trusted rows alone do better. Of german, "
        "where they are nearest, five seeds: `--full --seeds 5 --only table=german`.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        cases = [(table, noise) for table in unique(some, "table") for noise in NOISES]
        body = [
            [f"{table}, {noise}", *accuracies(case), warned(case)]
            for table, noise in cases
            if (case := select(some, table=table, noise=noise))
        ]
        lines += [
            f"## Tables, {scale}",
            "",
            *markdown_table(
                ["", f"against {NET}", f"against {LINEAR}", "warned"],
                [
                    [table, gain(case, NET), gain(case, LINEAR), warned(case)]
                    for table in unique(some, "table")
                    for case in [select(some, table=table)]
                ],
            ),
            "",
            f"## Accuracies, {scale}",
            "",
            *markdown_table(["", WITH, NET, LINEAR, "warned"], body),
            "",
        ]
    return [write_page(lines, folder / "trusted_rows.md")]


def gain(rows: Sequence[Row], name: str) -> str:
    """Mean and standard error of the difference; marked where it is below zero by more."""
    difference = np.array(values(rows, WITH)) - np.array(values(rows, name))
    error = difference.std(ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else 0.0
    below = " (below)" if difference.mean() < -error else ""
    return f"{difference.mean():+.3f} ± {error:.3f}{below}"


def accuracies(rows: Sequence[Row]) -> list[str]:
    return [f"{np.mean(values(rows, name)):.3f}" for name in (WITH, NET, LINEAR)]


def warned(rows: Sequence[Row]) -> str:
    return f"{int(sum(values(rows, 'warned')))} of {len(rows)}"


STUDY = Study(
    name="trusted_rows",
    description=__doc__,
    settings=("table", "noise"),
    results=(WITH, NET, LINEAR, "warned"),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 1, "full": 2},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
