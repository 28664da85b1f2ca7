"""The page of memorising.py: kept and best accuracies, and the bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row

COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/memorising.py"
# Points that the network that is kept may be behind its best epoch, and backward behind plain.
MOST_FORGOTTEN, MOST_LOST = 0.5, 0.2


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Accuracy after memorising",
        "",
        "Accuracy on clean test labels, in percent, mean over seeds: of the network that is kept, "
        "and in brackets of its best epoch, which nobody knows without clean labels. MNIST, IMDB "
        "and CIFAR-10 with the true T, the digits with an estimated one. IMDB and CIFAR-10 with "
        "3,000 rows; IMDB with all reviews under full.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        methods = unique(some, "method")
        header = ["data", "noise", "seeds", *methods]
        lines += [f"## Accuracy ({scale})", "", *markdown_table(header, table(some), 2), ""]
        lines += [f"## Log loss ({scale})", "", *markdown_table(header, losses(some), 2), ""]
        lines += [f"## Bars ({scale})", "", *bars(some), ""]
    return [write_page(lines, folder / "memorising.md")]


def _problems(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    for data in unique(rows, "data"):
        for noise in unique(select(rows, data=data), "noise"):
            yield data, noise, select(rows, data=data, noise=noise)


def table(rows: Sequence[Row]) -> Iterator[list[str]]:
    for data, noise, some in _problems(rows):
        cells = []
        for method in unique(rows, "method"):
            kept, best = (
                values(select(some, method=method), c) for c in ("accuracy", "best_epoch")
            )
            cells.append(f"{np.mean(kept):.1f} ({np.mean(best):.1f})" if kept else "not run")
        yield [data, noise, f"{len(unique(some, 'seed'))}", *cells]


def losses(rows: Sequence[Row]) -> Iterator[list[str]]:
    for data, noise, some in _problems(rows):
        found = [values(select(some, method=m), "log_loss") for m in unique(rows, "method")]
        cells = [f"{np.mean(numbers):.3f}" if numbers else "not run" for numbers in found]
        yield [data, noise, f"{len(unique(some, 'seed'))}", *cells]


def bars(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each comparison, and whether it holds."""
    for data, noise, some in _problems(rows):
        by = {
            m: np.array(values(select(some, method=m), "accuracy")) for m in unique(some, "method")
        }
        for method in ("forward", "forward, stopped"):
            best = np.array(values(select(some, method=method), "best_epoch"))
            if len(best):
                lost = float((best - by[method]).mean())
                verdict = "holds" if lost <= MOST_FORGOTTEN else "does not hold"
                yield f"- {data}, {noise}: {method} {lost:.2f} below its best epoch: {verdict}."
        if "backward" in by and len(by["backward"]) == len(by["cross-entropy"]):
            gain = by["backward"] - by["cross-entropy"]
            verdict = "holds" if gain.mean() >= -MOST_LOST else "does not hold"
            yield (
                f"- {data}, {noise}: backward {gain.mean():+.2f} against cross-entropy, above it "
                f"on {(gain > 0).sum()} of {len(gain)} seeds: {verdict}."
            )
