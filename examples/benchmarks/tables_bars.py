"""What tables.py must show, checked on its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from _reports import select, unique, values
from _results import Row
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]

NOISES = ("none", "symmetric 0.2", "symmetric 0.4", "pair 0.3", "0.3 / 0.1", "instance 0.3")
# Each corrected learner, and the same learner without a correction.
PAIRS = {
    "forward": "uncorrected",
    "backward": "uncorrected",
    "reweighted forest": "forest",
    "reweighted boosting": "boosting",
}
WITH_T = " T"  # How names of methods end that know the true T.
USUAL = ("boosting", "forest", "MLP")
OF_KNOWN_T = ("none", "symmetric 0.2", "symmetric 0.4", "pair 0.3", "0.3 / 0.1")


def by_table(
    rows: Sequence[Row], methods: Sequence[str], column: str
) -> tuple[list[str], NDArray[np.float64]]:
    """Tables that all methods were run on, and means of shape (tables, methods).

    Of the seeds that all of them were run with.
    """
    means, names = [], []
    for table in unique(rows, "table"):
        asked = (select(rows, table=table, method=method) for method in methods)
        found = [[row for row in some if row[column]] for some in asked]
        seeds = set.intersection(*({row["seed"] for row in some} for some in found))
        if seeds:
            names.append(table)
            common = ([row for row in some if row["seed"] in seeds] for some in found)
            means.append([float(np.mean(values(some, column))) for some in common])
    return names, np.array(means).reshape(len(names), len(methods))


def ranks(means: Array, column: str) -> Array:
    """Of the methods, by table; 1 is best."""
    signs = 1 if column == "log_loss" else -1
    return np.array([rankdata(signs * of_table) for of_table in means])


def bars(rows: Sequence[Row]) -> list[str]:
    """One line for each, with what was measured; numbers of tables are in brackets."""
    found = [*_no_harm(rows), *_usual(rows), *_first(rows), *_gains(rows), *_instances(rows)]
    found += [*_errors_of_T(rows), *_doubts(rows), *_cost(rows)]
    return [f"- {text}: {'holds' if holds else 'does not hold'}." for text, holds in found]


def _no_harm(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    clean = select(rows, noise="none")
    for corrected, plain in PAIRS.items():
        for column, least, worst in (("accuracy", -0.002, -0.01), ("log_loss", -0.005, -np.inf)):
            names, means = by_table(clean, (corrected, plain), column)
            if not names:
                continue
            gain = (means[:, 0] - means[:, 1]) * (-1 if column == "log_loss" else 1)
            lowest = int(gain.argmin())
            yield (
                f"clean labels ({len(names)}), {corrected} against {plain}, {_named(column)} won: "
                f"{gain.mean():+.4f} on average, {gain[lowest]:+.4f} on {names[lowest]}",
                gain.mean() >= least and gain[lowest] >= worst,
            )


def _usual(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    clean = select(rows, noise="none")
    for method in USUAL:
        for column, sign in (("accuracy", 1), ("log_loss", -1)):
            names, means = by_table(clean, ("forward", method), column)
            if names:
                ours, theirs = means.mean(axis=0)
                text = f"{_named(column)}: forward {ours:.3f}, {method} {theirs:.3f}"
                yield f"clean labels ({len(names)}), {text}", sign * (ours - theirs) >= 0


def _first(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    for noise in NOISES[1:5]:
        some = select(rows, noise=noise)
        methods = [m for m in unique(some, "method") if not m.endswith(WITH_T)]
        n_tables = len(by_table(some, ("forward",), "accuracy")[0])
        methods = [m for m in methods if len(by_table(some, (m,), "accuracy")[0]) == n_tables]
        if "forward" not in methods:
            continue
        for column in ("accuracy", "log_loss"):
            mean = ranks(by_table(some, methods, column)[1], column).mean(axis=0)
            first, ours = methods[int(mean.argmin())], mean[methods.index("forward")]
            yield (
                f"{noise}, mean rank of forward among {len(methods)} in {_named(column)}: "
                f"{ours:.2f}, first {first} {mean.min():.2f}",
                first == "forward",
            )


def _gains(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    for noise in ("pair 0.3", "0.3 / 0.1"):
        for column, sign in (("accuracy", 1), ("log_loss", -1)):
            methods = ("forward", "forward, T", "uncorrected")
            names, means = by_table(select(rows, noise=noise), methods, column)
            if names:
                ours, known = (sign * (means[:, i] - means[:, 2]).mean() for i in (0, 1))
                text = f"{_named(column)} won: {ours:+.4f}, with the true T {known:+.4f}"
                yield f"{noise} ({len(names)}), {text}", ours >= known / 2


def _instances(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    some = select(rows, noise="instance 0.3")
    names, means = by_table(some, ("forward", "uncorrected"), "accuracy")
    if names:
        won = (means[:, 0] - means[:, 1]).mean()
        yield f"instance 0.3, accuracy won: {won:+.4f}", won >= -0.005


def _errors_of_T(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    by_noise = {}
    for noise in OF_KNOWN_T:
        means = by_table(select(rows, noise=noise), ("forward",), "T_error")[1]
        if len(means):
            by_noise[noise] = float(means.mean())
    if len(by_noise) == len(OF_KNOWN_T):
        mean = float(np.mean(list(by_noise.values())))
        yield f"error of T, clean and four noises: {mean:.3f}", mean <= 0.12
    if "none" in by_noise:
        yield f"error of T, clean labels: {by_noise['none']:.3f}", by_noise["none"] <= 0.05


def _doubts(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    asked = [row for row in select(rows, method="forward") if row["doubted"]]
    if not asked:
        return
    error, doubted = (np.array(values(asked, name)) for name in ("T_error", "doubted"))
    wrong, right = error > 0.3, error < 0.1
    if wrong.any():
        share = doubted[wrong].mean()
        yield f"doubted among {wrong.sum()} T off by more than 0.3: {share:.0%}", share >= 0.8
    if right.any():
        share = doubted[right].mean()
        yield f"doubted among {right.sum()} T off by less than 0.1: {share:.0%}", share <= 0.1


def _cost(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    ratios = []
    for noise in NOISES:
        means = by_table(select(rows, noise=noise), ("forward", "cleanlab"), "cpu_seconds")[1]
        ratios += list(means[:, 0] / means[:, 1])
    if ratios:
        median = float(np.median(ratios))
        yield f"CPU seconds of forward against cleanlab, median: {median:.2f}", median <= 1.5


def _named(column: str) -> str:
    return column.replace("_", " ")
