"""The page of tables.py: means, ranks, worst cases, errors of T."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row
from tables_bars import NOISES, PAIRS, bars, by_table, ranks

COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/tables.py"
WORST = 3


def comparison(rows: Sequence[Row], methods: Sequence[str], column: str) -> list[str]:
    """A line per method, a column per noise: mean and mean rank over tables."""
    noises = [noise for noise in NOISES if select(rows, noise=noise)]
    header, cells = ["method"], [[method] for method in methods]
    for noise in noises:
        names, means = by_table(select(rows, noise=noise), methods, column)
        header.append(f"{noise} ({len(names)})")
        if not names:
            for line in cells:
                line.append("not run")
            continue
        mean_ranks = ranks(means, column).mean(axis=0)
        for line, mean, rank in zip(cells, means.mean(axis=0), mean_ranks, strict=True):
            line.append(f"{mean:.3f} / {rank:.1f}")
    return markdown_table(header, cells)


def against_uncorrected(rows: Sequence[Row], column: str) -> Iterator[list[str]]:
    """By corrected learner and noise: mean difference, tables won and lost, the worst tables."""
    for corrected, plain in PAIRS.items():
        for noise in NOISES:
            names, means = by_table(select(rows, noise=noise), (corrected, plain), column)
            if not names:
                continue
            gain = means[:, 0] - means[:, 1]
            if column == "log_loss":
                gain = -gain
            worst = [f"{names[i]} {gain[i]:+.3f}" for i in np.argsort(gain)[:WORST]]
            won, lost = (gain > 0).sum(), (gain < 0).sum()
            yield [corrected, noise, ", ".join(worst), f"{gain.mean():+.4f}", f"{won}", f"{lost}"]


def errors_of_T(rows: Sequence[Row]) -> Iterator[list[str]]:
    for noise in NOISES:
        found = select(rows, noise=noise, method="forward")
        if not found:
            continue
        errors = np.array(values(found, "T_error"))
        asked = [row for row in found if row["doubted"]]
        of_asked, doubted = (np.array(values(asked, name)) for name in ("T_error", "doubted"))
        line = [noise, f"{len(errors)}", f"{errors.mean():.3f}", f"{errors.max():.3f}"]
        for chosen in (of_asked > 0.3, of_asked < 0.1):
            share = f"{doubted[chosen].mean():.0%} of {chosen.sum()}" if chosen.any() else "not run"
            line.append(share)
        yield line


def runs_of(rows: Sequence[Row], method: str) -> set[tuple[str, ...]]:
    return {
        tuple(row[name] for name in ("table", "noise", "seed"))
        for row in select(rows, method=method)
    }


def compared(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """The methods that were run on everything, and those that were not."""
    methods = unique(rows, "method")
    runs = {method: runs_of(rows, method) for method in methods}
    everything = set().union(*runs.values())
    complete = [method for method in methods if runs[method] == everything]
    return complete or methods, [m for m in methods if complete and m not in complete]


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Real tables",
        "",
        "A third of each table is for testing, with clean labels. Means over seeds, then over "
        "tables; after the stroke the mean rank among the methods. The number of tables is in "
        'brackets. "T" knows the true T; "uncorrected" is the network of the corrected '
        "classifiers with cross-entropy. Rows of reweighted boosting, and of backward on most "
        "tables, are of the default T before it was held back.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        methods, left_out = compared(some)
        seeds = ", ".join(unique(some, "seed"))
        lines += [f"Seeds of {scale}: {seeds}.", ""]
        if left_out:
            lines += [
                f"Not run on everything, and left out of the means: {', '.join(left_out)}.",
                "",
            ]
        lines += [f"## Bars ({scale})", "", *bars(some), ""]
        for column in ("accuracy", "balanced_accuracy", "log_loss", "AUC", "cpu_seconds"):
            title = column.replace("_", " ")
            lines += [f"## {title} ({scale})", "", *comparison(some, methods, column), ""]
        for column in ("accuracy", "log_loss"):
            title = f"{column.replace('_', ' ')} won by the correction ({scale})"
            header = ["corrected", "noise", "worst tables", "mean gain", "won", "lost"]
            body = against_uncorrected(some, column)
            lines += [f"## {title}", "", *markdown_table(header, body, n_text=3), ""]
        header = ["noise", "fits", "mean error", "largest", "doubted above 0.3", "below 0.1"]
        lines += [f"## Error of T ({scale})", "", *markdown_table(header, errors_of_T(some)), ""]
    return [write_page(lines, folder / "tables.md")]
