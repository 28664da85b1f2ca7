"""Tables and figures from the rows of a study: means over seeds, and where they come from."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from _results import Row, as_text, failed

from sknoisy._files import replacing, write_text

# Colours that stay apart for colour-blind readers (Okabe and Ito).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """The rows with these settings."""
    text = {name: as_text(value) for name, value in wanted.items()}
    return [row for row in rows if all(row[name] == value for name, value in text.items())]


def values(rows: Iterable[Row], column: str) -> list[float]:
    """The numbers of a column; runs that failed have none."""
    return [float(row[column]) for row in rows if row[column]]


def mean_and_spread(numbers: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation, NaN where there is none."""
    mean = statistics.fmean(numbers) if numbers else math.nan
    spread = statistics.stdev(numbers) if len(numbers) > 1 else math.nan
    return mean, spread


def cell(
    rows: Sequence[Row], column: str = "accuracy", digits: int = 1, n_seeds: int | None = None
) -> str:
    """Mean +- standard deviation of a column; "failed" or "not run" where there is none.

    With `n_seeds` it says where there are fewer.
    """
    mean, spread = mean_and_spread(values(rows, column))
    if math.isnan(mean):
        return "failed" if rows else "not run"
    failed = sum(not row[column] for row in rows)
    text = f"{mean:.{digits}f}" + ("" if math.isnan(spread) else f" ± {spread:.{digits}f}")
    if n_seeds is not None and len(rows) < n_seeds:
        text += f" ({len(rows)} seed{'s' if len(rows) > 1 else ''})"
    return f"{text} ({failed} failed)" if failed else text


def markdown_table(
    header: Sequence[str], lines: Iterable[Sequence[str]], n_text: int = 1
) -> list[str]:
    """Lines of a table; after the first `n_text` columns come numbers."""
    marks = ["---"] * n_text + ["---:"] * (len(header) - n_text)
    return ["| " + " | ".join(line) + " |" for line in (header, marks, *lines)]


def unique(rows: Iterable[Row], column: str) -> list[str]:
    """What a column holds, in the order of the rows."""
    return list(dict.fromkeys(row[column] for row in rows))


def provenance(rows: Sequence[Row], commands: Sequence[str]) -> list[str]:
    """Commands, machines, versions, seeds and time of the rows."""
    hours = sum(values(rows, "seconds")) / 3600
    lines = [f"Command: `{command}`" for command in commands]
    for column in ("machine", "versions", "device"):
        lines.append(f"{column.capitalize()}: {'; '.join(unique(rows, column))}.")
    seeds = sorted(unique(rows, "seed"), key=int)
    dates = sorted(row["finished"] for row in rows)
    lines.append(
        f"Seeds: {', '.join(seeds)}; {len(rows)} runs, {hours:.1f} hours of training, from "
        f"{dates[0]} to {dates[-1]}."
    )
    return [line for text in lines for line in (text, "")]


def not_run(
    jobs: Sequence[Mapping[str, Any]], rows: Sequence[Row], by: Sequence[str], key: Sequence[str]
) -> list[str]:
    """A table that counts, for each group of jobs, how many of them were done."""
    done = {tuple(row[name] for name in key) for row in rows if not failed(row)}
    counts: dict[tuple[str, ...], list[int]] = {}
    for job in jobs:
        count = counts.setdefault(tuple(as_text(job.get(name)) or "-" for name in by), [0, 0])
        count[0] += tuple(as_text(job.get(name)) for name in key) in done
        count[1] += 1
    lines = [[*group, str(there), str(total)] for group, (there, total) in counts.items()]
    return markdown_table([*by, "runs done", "of"], lines, n_text=len(by))


def write_page(lines: Iterable[str], path: Path) -> Path:
    write_text(path, "\n".join(lines).rstrip() + "\n")
    return path


def save_figure(draw: Callable[[Any], None], path: Path, size: tuple[float, float]) -> Path:
    """Let `draw` fill an empty figure, and save it."""
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            'Figures need matplotlib: install it, or sknoisy with its extra, "sknoisy[plot]".'
        ) from error
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        with replacing(path) as beside:
            figure.savefig(beside, dpi=110, metadata={"Software": None})
    return path


def draw_curve(axis: Any, number: int, label: str, points: Mapping[float, Sequence[float]]) -> None:
    """Mean against x with the spread over seeds as a band; `points` maps x to its numbers."""
    found = sorted((x, *mean_and_spread(numbers)) for x, numbers in points.items() if numbers)
    if not found:
        return
    x, mean, spread = zip(*found, strict=True)
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    # Once all colours are in use the next lines are dashed.
    style = ("-", "--", ":")[number // len(COLOURS) % 3]
    axis.plot(x, mean, style, color=colour, marker=marker, markersize=4, label=label)
    width = [0.0 if math.isnan(s) else s for s in spread]
    low = [m - s for m, s in zip(mean, width, strict=True)]
    high = [m + s for m, s in zip(mean, width, strict=True)]
    axis.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
