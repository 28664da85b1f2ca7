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
        f"{N_TRUSTED} trusted ones, and of classifiers trained on the trusted rows alone. Means "
        "over seeds. *Difference*: from the better of these two, with the standard error over "
        "seeds; it must not be below zero by more than that. *Warned*: fits which said that the "
        "trusted rows alone do better.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        body, n_worse = [], 0
        for table, noise in dict.fromkeys((row["table"], row["noise"]) for row in some):
            case = select(some, table=table, noise=noise)
            scores = {name: np.array(values(case, name)) for name in (WITH, NET, LINEAR)}
            alone = max(scores[NET], scores[LINEAR], key=np.mean)
            gain = scores[WITH] - alone
            error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
            n_worse += int(gain.mean() < -error)
            body.append(
                [
                    f"{table}, {noise}",
                    *(f"{each.mean():.3f}" for each in scores.values()),
                    f"{gain.mean():+.3f} ± {error:.3f}",
                    f"{int(sum(values(case, 'warned')))} of {len(case)}",
                ]
            )
        header = ["", WITH, NET, LINEAR, "difference", "warned"]
        verdict = f"Worse than the trusted rows alone: {n_worse} of {len(body)} cases."
        lines += [f"## {scale}", "", verdict, "", *markdown_table(header, body), ""]
    return [write_page(lines, folder / "trusted_rows.md")]


STUDY = Study(
    name="trusted_rows",
    description=__doc__,
    settings=("table", "noise"),
    results=(WITH, NET, LINEAR, "warned"),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 1, "full": 3},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
