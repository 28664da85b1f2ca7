"""Judging and choosing models, and finding label errors, with noisy labels only.

Run it from the repository root; it writes docs/results/model_selection.md and .csv. Real data is
read from the folder that SKNOISY_DATA_HOME names; without it, the data that scikit-learn bundles
is used alone.

Five questions, each a part of its own (--only): does the corrected accuracy hit the clean one, and
its interval cover it, with T known (coverage), with T estimated from the same rows (estimated), and
where these hardly tell T (unidentified);
does a grid search with corrected scores choose better than one by noisy accuracy (grid), also where
classes are of very unequal size (unequal); are more label errors found than with cleanlab's default
score on the same posteriors (labels). Clean labels are used to make noise and to judge results,
never to fit, tune or choose.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from _selection_data import SEED, Row
from _selection_grid import grid, unequal
from _selection_labels import labels
from _selection_scores import coverage, estimated, unidentified
from tqdm import tqdm

from sknoisy._files import replacing, write_text

RESULTS = Path(__file__).parents[2] / "docs" / "results"
STEPS = {
    "coverage": coverage,
    "estimated": estimated,
    "unidentified": unidentified,
    "grid": grid,
    "unequal": unequal,
    "labels": labels,
}
PARTS = tuple(STEPS)
METRICS = ("AUROC", "AP")


# %% Report


def markdown(rows: list[Row]) -> Iterator[str]:
    yield "# Choosing and judging models, and finding label errors, with noisy labels only"
    yield ""
    yield (
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, cleanlab {cleanlab_version()}; seeds from {SEED} "
        f"on."
    )
    for part in PARTS:
        mine = [row for row in rows if row["part"] == part]
        if mine:
            yield ""
            yield from TEXTS[part]
            yield ""
            yield f"Command: `{mine[0]['command']}` ({mine[0]['minutes']} minutes)"
            yield ""
            shown_rows = summarized(mine) if part == "labels" else mine
            yield from table(shown_rows)
            yield ""
            yield verdict(part, shown_rows)


def verdict(part: str, rows: list[Row]) -> str:
    """How many rows hold what was asked."""
    if part == "grid":
        share = {k.removeprefix("regret, "): v for k, v in rows[-1].items() if "regret" in k}
        kept = [f"{name} {value:.2f}" for name, value in share.items() if name != "noisy accuracy"]
        return f"Mean regret over that of noisy accuracy: {', '.join(kept)}."
    if part == "unequal":
        regret = {k.removeprefix("regret, "): v for k, v in rows[0].items() if "regret" in k}
        truth, naive = regret.pop("corrected accuracy, true T"), regret.pop("noisy accuracy")
        best = min(regret, key=lambda name: regret[name])
        return (
            f"Regret of noisy accuracy {naive:.2f}, with the true T {truth:.2f}, and least of the "
            f"others {regret[best]:.2f} ({best})."
        )
    if part == "labels":
        sets = rows[:-1]
        equal = {m: sum(r[f"{m}, ours"] >= r[f"{m}, cleanlab"] for r in sets) for m in METRICS}
        return "At least equal to cleanlab: " + ", ".join(
            f"{m} in {n} of {len(sets)} rows" for m, n in equal.items()
        )
    if part == "unidentified":
        warned = ", ".join(f"{row['warned']:.0%}" for row in rows)
        return f"Warned in {warned} of the repetitions."
    near, (low, high) = (0.3, (0.93, 0.97)) if part == "coverage" else (2.0, (0.85, 1.0))
    biased = sum(abs(row["bias, points"]) <= near for row in rows)
    covered = sum(low <= row["coverage of 95%"] <= high for row in rows)
    return (
        f"Bias at most {near:g} points in {biased} of {len(rows)} rows; coverage from {low} to "
        f"{high} in {covered} of {len(rows)}."
    )


def summarized(rows: list[Row]) -> list[Row]:
    """One row per data set and classifier: means over seeds; and the mean of these."""
    keys = dict.fromkeys((row["data"], row["rows"], row["classifier"]) for row in rows)
    each = [
        mean_row([row for row in rows if (row["data"], row["rows"], row["classifier"]) == key])
        for key in keys
    ]
    of_all = {k: v for k, v in mean_row(each).items() if k.startswith(METRICS)}
    return [*each, {"data": "mean", **of_all}]


def mean_row(rows: list[Row]) -> Row:
    row = {k: v for k, v in rows[0].items() if k != "seed"}
    means = {k: float(np.mean([r[k] for r in rows])) for k, v in row.items() if type(v) is float}
    return {**row, "seeds": len(rows), **means}


def table(rows: list[Row]) -> Iterator[str]:
    hidden = ("part", "command", "minutes")
    columns = [c for c in dict.fromkeys(k for row in rows for k in row) if c not in hidden]
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(shown(row.get(column, "")) for column in columns) + " |"


def shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def cleanlab_version() -> str:
    try:
        import cleanlab
    except ImportError:
        return "absent (its default score, the posterior of the given label, computed here)"
    return cleanlab.__version__


TEXTS = {
    "coverage": [
        "## Corrected accuracy, T known",
        "",
        "A classifier trained on 5,000 noisy rows (of IMDB on the 25,000 training reviews, by all "
        "their words) predicts a pool of others; each repetition draws rows from the pool with "
        "replacement and corrupts their labels. The clean accuracy is that of the whole pool. "
        "Bar: bias at most 0.3 points, coverage 0.93 to 0.97.",
    ],
    "estimated": [
        "## Corrected accuracy, T estimated from the same rows",
        "",
        "As above; T by `fit_noise_model` from the rows that are scored, the interval by "
        "`bootstrap_noise_corrected_score`. The standard error is the root mean square distance of "
        "replicates from the score. Bar: bias at most 2 points, coverage at least 0.85. "
        "The error of T is the mean L1 distance of its rows; `warned` is the share of repetitions "
        "in which `fit_noise_model` says that the labels hardly tell noise from overlap of the "
        "classes.",
    ],
    "unidentified": [
        "## The same where the labels hardly tell T",
        "",
        "As above, of reviews reduced to 100 directions and a classifier trained on 5,000 of them, "
        "whose posteriors are so near to one half at this noise that many T explain the labels "
        "about as well: the limit of every estimate. No bar; what counts is the warning.",
    ],
    "grid": [
        "## Choosing among 12 candidates",
        "",
        "Three linear models and three forests, each as it is and with its posteriors taken back "
        "through T; 5-fold cross-validation on noisy labels, noise of a random T of mean rate 0.3 "
        "to 0.4, drawn anew each time. T for the candidates and for the scores is estimated once "
        "per repetition by `fit_noise_model`, from the out-of-fold posteriors of the candidate "
        "that predicts the noisy labels best. The score to choose by where T is an estimate is "
        "the corrected balanced accuracy, which errors of T touch least (for two classes not at "
        "all); both were settled on other seeds. `noisy balanced accuracy` is the same without T. "
        "Regret: "
        "points of clean test accuracy lost against the choice by clean labels in the same "
        "cross-validation; +- is its standard error over repetitions. `expected_accuracy` takes "
        "its posteriors from `fit_noise_model` too. Bar: regret at most a third of that of noisy "
        "accuracy, on average.",
    ],
    "unequal": [
        "## Choosing where classes are of very unequal size",
        "",
        "As above, with one class that holds a tenth of the rows: the limit of every choice by an "
        "estimated T. Most labels of the small class are wrong then, T is estimated badly, and "
        "balanced accuracy is another aim than accuracy. No bar.",
    ],
    "labels": [
        "## Label errors found",
        "",
        "Out-of-fold posteriors of a classifier trained on the noisy labels, the same for all: "
        "`label_quality` with T and clean posteriors from `fit_noise_model`; the same with "
        "posteriors from `denoise_proba`; and cleanlab's default score, the posterior of the "
        "given label. Noise: asymmetric 0.3, and the human labels of CIFAR-10N. Bar: at least "
        "equal on every set, better on average.",
    ],
}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a minute: few repetitions")
    size.add_argument("--full", action="store_true", help="what the result page shows (default)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--repetitions", type=int, help="of part coverage")
    parser.add_argument("--bootstrap-repetitions", type=int, help="of part estimated")
    parser.add_argument("--bootstrap", type=int, help="replicates in part estimated")
    parser.add_argument("--searches", type=int, help="repetitions of part grid")
    parser.add_argument("--label-seeds", type=int, help="repetitions of part labels")
    parser.add_argument("--rows", type=int, default=1000, help="scored rows; twice in estimated")
    parser.add_argument("--large", type=int, help="rows of MNIST, CIFAR-10N and IMDB")
    parser.add_argument("--grid-rows", type=int, help="rows of the same in part grid")
    parser.add_argument("--larger", type=int, help="more rows of CIFAR-10N in part labels")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--output", type=Path, default=RESULTS / "model_selection.md")
    args = parser.parse_args(arguments)
    quick = {
        "repetitions": 20,
        "bootstrap_repetitions": 2,
        "bootstrap": 5,
        "searches": 1,
        "label_seeds": 1,
        "large": 1500,
        "grid_rows": 1000,
        "larger": 2000,
    }
    full = {
        "repetitions": 500,
        "bootstrap_repetitions": 500,
        "bootstrap": 12,
        "searches": 20,
        "label_seeds": 3,
        "large": 6000,
        "grid_rows": 2000,
        "larger": 20000,
    }
    for name, value in (quick if args.quick else full).items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    return args


def main(arguments: list[str] | None = None) -> None:
    args = parse(arguments)
    shown_arguments = " ".join(sys.argv[1:] if arguments is None else arguments)
    command = f"OMP_NUM_THREADS=1 python examples/benchmarks/model_selection.py {shown_arguments}"
    for part in args.only:
        start, rows = time.perf_counter(), []
        with tqdm(desc=part, unit="row") as bar:
            for row in STEPS[part](args, bar):
                rows.append(row)
                bar.write(", ".join(f"{k}: {shown(v)}" for k, v in row.items()))
        run = {"command": command.strip(), "minutes": round((time.perf_counter() - start) / 60, 1)}
        write([{**row, **run} for row in rows], part, args.output)


def write(rows: list[Row], part: str, page: Path) -> None:
    """Put a part's rows beside those that are there from other parts."""
    file = page.with_suffix(".csv")
    rows = [row for row in read(file) if row["part"] != part] + rows
    page.parent.mkdir(parents=True, exist_ok=True)
    write_text(page, "\n".join(markdown(rows)) + "\n")
    with replacing(file) as beside, beside.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)


def read(file: Path) -> list[Row]:
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as opened:
        return [{k: value_of(v) for k, v in row.items() if v} for row in csv.DictReader(opened)]


def value_of(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    main()
