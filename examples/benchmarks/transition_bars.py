"""What the default estimate is asked to reach, next to what it reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

DEFAULT, PATRINI = "default", "97th percentile in-sample [A]"
ONE_TRUSTED = "default, 1 trusted per class"
# Part, problem, method, column: at most so much.
AT_MOST = {
    ("tables", "tabular, symmetric 0.2", DEFAULT, "error"): 0.045,
    ("tables", "tabular, pair 0.4", DEFAULT, "error"): 0.11,
    ("tables", "digits, symmetric 0.2", DEFAULT, "error"): 0.06,
    ("tables", "digits, pair 0.3", DEFAULT, "error"): 0.08,
    ("tables", "digits, class map 0.3", DEFAULT, "error"): 0.045,
    ("mnist", "MNIST, class map 0.2", DEFAULT, "error"): 0.02,
    ("mnist", "MNIST, class map 0.45", DEFAULT, "error"): 0.03,
    ("mnist", "MNIST, class map 0.6", DEFAULT, "error_up_to_order"): 0.04,
    ("trusted", "MNIST, class map 0.6", ONE_TRUSTED, "error"): 0.03,
}
# Part and problem of the default; part, method and share of its error that is the limit.
AGAINST = [
    ("classes", "100 classes, symmetric 0.4", "classes", "anchor, argmax", 1 / 3),
    ("classes", "100 classes, symmetric 0.4", "classes", "anchor, 97th percentile", 1 / 3),
]
for labels in ("aggregate", "random1", "random2", "random3", "worst"):
    problem = f"CIFAR-10N, {labels}"
    AGAINST.append(("cifar", problem, "cifar, networks", PATRINI, 1 / 2))
    AGAINST.append(("cifar", problem, "cifar", "anchor, 97th percentile", 1 / 2))
COVERAGE = 0.90, 0.98


def bars(rows: list[dict]) -> Iterator[str]:
    """A table of the bars whose rows there are."""
    found: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in rows:
        for column in ("error", "error_up_to_order"):
            if row[column] != "":
                key = row["part"], row["problem"], row["method"], column
                found[key].append(float(row[column]))
    yield from (
        "",
        "## Bars",
        "",
        "| problem | what | measured | bar | holds |",
        "|---|---|---|---|---|",
    )
    for key, limit in AT_MOST.items():
        if key in found:
            what = key[2] + (", up to order" if key[3] == "error_up_to_order" else "")
            mean = float(np.mean(found[key]))
            yield f"| {key[1]} | {what} | {mean:.3f} | at most {limit} | {said(mean <= limit)} |"
    for part, problem, other, method, share in AGAINST:
        own, theirs = (part, problem, DEFAULT, "error"), (other, problem, method, "error")
        if own in found and theirs in found:
            mean, limit = float(np.mean(found[own])), share * float(np.mean(found[theirs]))
            bar = f"{limit:.3f}: {share:.2g} of {method}"
            yield f"| {problem} | default | {mean:.3f} | {bar} | {said(mean <= limit)} |"
    key = "coverage", "tabular, symmetric 0.2", "all", "error"
    if key in found:
        low, high = COVERAGE
        mean = float(np.mean(found[key]))
        yield (
            f"| {key[1]} | intervals at 95% that hold the entry | {mean:.3f} | {low} to {high} "
            f"| {said(low <= mean <= high)} |"
        )


def said(holds: bool) -> str:
    return "yes" if holds else "no"
