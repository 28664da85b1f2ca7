"""The page and the figures of patrini_2017.py, from its rows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _reports import (
    cell,
    draw_curve,
    markdown_table,
    mean_and_spread,
    not_run,
    provenance,
    save_figure,
    select,
    unique,
    values,
    write_page,
)
from _results import Row

COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/papers/patrini_2017.py"
SIZES = ("epochs", "n_train")
METHODS = ("loss", "T", "trusted")
# The order of the paper's tables.
LOSSES = (
    "cross_entropy",
    "unhinged",
    "sigmoid",
    "savage",
    "bootstrap_soft",
    "bootstrap_hard",
    "backward",
    "forward",
)
TS = ("", "true", "paper", "estimated", "trusted", "random")
T_NAMES = {"true": "true T", "estimated": "our T_hat", "paper": "T_hat of the paper"}


def method_name(row: Row) -> str:
    """A row of a table: the loss, where T comes from, what trusted labels are for."""
    T = T_NAMES.get(row["T"], row["T"])
    trusted = f"trusted labels {row['trusted']}" if row["trusted"] else ""
    return ", ".join(part for part in (row["loss"].replace("_", " "), T, trusted) if part)


def in_order(methods: Sequence[list[Row]]) -> list[list[Row]]:
    return sorted(methods, key=lambda m: (LOSSES.index(m[0]["loss"]), TS.index(m[0]["T"])))


def groups(rows: Sequence[Row], columns: Sequence[str]) -> list[list[Row]]:
    """The rows that agree in these columns, in the order of their first ones."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in columns), []).append(row)
    return list(found.values())


def shortened(row: Row) -> list[str]:
    """What differs from the paper, where one core was to carry the training."""
    if row["network"] == "lstm_short":
        return [
            "What one core carries: the last 100 words of a review, vectors and a state of 64, and "
            "Adam; the paper has 400 words, 512 units and 50 epochs of AdaGrad. So few words are "
            "why it stays below the embedding network without noise too."
        ]
    if row["network"] == "resnet14" and row["n_train"]:
        return [
            "What one core carries: two fifths of the images and few epochs, whose rate falls "
            "after a third and two thirds of them; the paper has all images and 120 epochs."
        ]
    return []


def size_of(row: Row) -> str:
    rows = f"{row['n_train']} training and as many test rows" if row["n_train"] else "all rows"
    return f"{row['epochs']} epochs, {rows}"


# %% Tables


def table2(rows: Sequence[Row]) -> list[str]:
    """A table per data set, network and size: accuracy, then the error of T."""
    lines: list[str] = []
    blocks = groups(select(rows, experiment="table2"), ("scale", "data", "network", *SIZES))
    for block in blocks:
        first = block[0]
        kinds = sorted(groups(block, ("noise", "rate")), key=noise_order)
        names = [noise_name(kind[0]) for kind in kinds]
        seeds = len(unique(block, "seed"))
        lines += [f"### {first['data']}, {first['network']} ({first['scale']})", ""]
        lines += [f"{size_of(first)}; {seeds} seed{'s' if seeds > 1 else ''}.", ""]
        lines += [part for note in shortened(first) for part in (note, "")]
        table = [
            [
                method_name(m[0]),
                *(cell(of_kind(m, k), n_seeds=seeds) for k in kinds),
                median_seconds(m),
            ]
            for m in in_order(groups(block, METHODS))
        ]
        lines += [*markdown_table(["loss", *names, "seconds"], table), ""]
        errors = [
            [
                T_NAMES[T],
                *(
                    cell(of_kind(select(block, loss="forward", T=T), k), "T_error", 3)
                    for k in kinds
                ),
            ]
            for T in ("paper", "estimated")
            if select(block, T=T)
        ]
        if errors:
            lines += ["Error of T:", "", *markdown_table(["estimate", *names], errors), ""]
    return lines


def median_seconds(rows: Sequence[Row]) -> str:
    return f"{statistics.median(values(rows, 'seconds')):.0f}"


def of_kind(rows: Sequence[Row], kind: Sequence[Row]) -> list[Row]:
    return select(rows, noise=kind[0]["noise"], rate=kind[0]["rate"])


def noise_name(row: Row) -> str:
    return "no noise" if row["noise"] == "none" else f"{row['noise']} {row['rate']}"


def noise_order(kind: Sequence[Row]) -> tuple[int, float]:
    return ("none", "symmetric", "asymmetric").index(kind[0]["noise"]), float(kind[0]["rate"])


def table3(rows: Sequence[Row]) -> list[str]:
    lines: list[str] = []
    for block in groups(select(rows, experiment="table3"), ("scale", "data", "network", *SIZES)):
        first = block[0]
        lines += [
            f"### {first['data']}, {first['noise']} labels, {first['network']} ({first['scale']})",
            "",
            f"{size_of(first)}.",
            "",
        ]
        shares = sorted(filter(None, unique(block, "share")), key=float) or [""]
        names = [f"{float(share):.0%} trusted" if share else "" for share in shares]
        table = [
            [
                method_name(m[0]),
                *(cell(of_share(m, share)) for share in shares),
                *(
                    cell(of_share(m, share), "T_error", 3) if m[0]["T_error"] else "-"
                    for share in shares
                ),
            ]
            for m in groups(block, METHODS)
        ]
        header = [*(f"accuracy {name}".rstrip() for name in names)]
        header += [f"error of T {name}".rstrip() for name in names]
        lines += [*markdown_table(["training", *header], table), ""]
    return lines


def of_share(rows: Sequence[Row], share: str) -> list[Row]:
    """Of the rows of a method those of a share; a method without trusted labels has none."""
    return select(rows, share=share) if any(row["share"] for row in rows) else list(rows)


def theorem4(rows: Sequence[Row]) -> list[str]:
    found = select(rows, experiment="theorem4")
    if not found:
        return []
    table = [
        [
            f"{method_name(g[0])}, after {g[0]['epochs']} epochs",
            largest(g, "layer_difference"),
            largest(g, "network_difference"),
        ]
        for g in sorted(
            in_order(groups(found, ("loss", "T", "epochs"))), key=lambda g: int(g[0]["epochs"])
        )
    ]
    return markdown_table(["loss on noisy labels", "within a layer", "whole network"], table)


def largest(rows: Sequence[Row], column: str) -> str:
    return f"{max(values(rows, column)):.2g}"


# %% Figures


def figure1(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Accuracy against the rate of asymmetric noise, a panel per data set and size."""
    swept = [row for row in rows if row["experiment"] in ("table2", "figure1")]
    swept = [row for row in swept if row["noise"] in ("asymmetric", "none")]
    keys = ("scale", "data", "network", *SIZES)
    panels = [
        panel
        for panel in groups(swept, keys)
        if len(unique(select(panel, loss="forward"), "rate")) > 2
    ]
    if not panels:
        return []
    shown = [
        ("cross_entropy", ""),
        ("forward", "true"),
        ("forward", "estimated"),
        ("forward", "paper"),
        ("backward", "true"),
        ("backward", "estimated"),
    ]

    def draw(figure: Any) -> None:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axis, panel in zip(axes, panels, strict=True):
            for number, (loss, T) in enumerate(shown):
                mine = select(panel, loss=loss, T=T)
                points = {
                    float(rate): values(select(mine, rate=rate), "accuracy")
                    for rate in unique(mine, "rate")
                }
                draw_curve(axis, number, method_name(mine[0]) if mine else loss, points)
            first = panel[0]
            title = f"{first['data']}, {first['network']}\n{size_of(first)}"
            axis.set(xlabel="asymmetric noise N")
            axis.set_title(title, fontsize=10)
        axes[0].set_ylabel("accuracy on clean test labels, %")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)

    size = (max(4.6 * len(panels), 6.4), 4.6)
    return [save_figure(draw, folder / "patrini_2017_figure1.png", size)]


# %% Claims of the paper


def claims(rows: Sequence[Row]) -> list[str]:
    """What section 5.2 states, beside what the full-scale rows say; only where all are there."""
    lines = []
    full = select(rows, experiment="table2", scale="full")
    for block in groups(full, ("data", "network", *SIZES)):
        name = f"{block[0]['data']}, {block[0]['network']}"
        n_methods = len(groups(block, METHODS))
        for kind in sorted(groups(block, ("noise", "rate")), key=noise_order):
            found = {method_name(m[0]): mean(m) for m in groups(kind, METHODS)}
            if len(found) < n_methods:
                continue
            where = f"| {name}, {noise_name(kind[0])} |"
            low, high = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
            if kind[0]["noise"] == "none":
                lines.append(
                    f"{where} all losses are alike, but for unhinged, sigmoid and Savage | from "
                    f"{found[low]:.1f} ({low}) to {found[high]:.1f} ({high}) |"
                )
                continue
            known, theirs, ours = (
                mean(select(kind, loss="forward", T=T)) for T in ("true", "paper", "estimated")
            )
            backward = mean(select(kind, loss="backward", T="true"))
            if any(map(math.isnan, (known, theirs, ours, backward))):
                continue
            lines.append(
                f"{where} the corrections with known T are best, forward before backward | best "
                f"is {high} with {found[high]:.1f}; forward with true T {known:.1f}, backward "
                f"{backward:.1f} |"
            )
            lines.append(
                f"{where} estimating T costs accuracy | {known - theirs:.1f} points with the "
                f"paper's estimate, {known - ours:.1f} with ours |"
            )
    head = ["| data, noise | the paper | here |", "| --- | --- | --- |"]
    return [*head, *lines] if lines else ["No column was run with all losses at full scale."]


def mean(rows: Sequence[Row]) -> float:
    return mean_and_spread(values(rows, "accuracy"))[0]


# %% The page


def write_report(
    rows: Sequence[Row], folder: Path, jobs: Sequence[dict], keys: Sequence[str]
) -> list[Path]:
    figures = figure1(rows, folder)
    pictures = [f"![Accuracy against asymmetric noise]({path.name})" for path in figures]
    lines = [
        "# Patrini et al. (2017): loss correction",
        "",
        "Accuracy in percent on clean test labels, mean ± standard deviation over seeds, "
        "of one seed where there is no ±. The "
        "epoch with the lowest loss on a tenth of the noisy training rows is kept, as in the "
        "paper. `our T_hat` is the default of `TransitionMatrixEstimator`; `T_hat of the paper` "
        'is its `method="anchor", quantile=0.97, cv=None`. Error of T: mean over classes of the '
        "L1 distance between rows. Seconds: median wall time of a training with the estimate of "
        "its T, beside other work on the machine.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
        "## Claims of the paper",
        "",
        *claims(rows),
        "",
        "## Table 2",
        "",
        *table2(rows),
        "## Figure 1",
        "",
        "At 0.5 the digits 5 and 6 get the same noisy labels: nothing but chance tells them apart, "
        "and T has no inverse, so that there is no backward correction. Beyond it most labels of "
        "some classes are wrong, which an estimate of T cannot know.",
        "",
        *(pictures or ["Not run."]),
        "",
        "## Table 3's procedure",
        "",
        "T is counted from trusted rows whose clean labels are known too, all rows are trained on "
        "with their noisy labels, and the network is fine-tuned on the trusted ones.",
        "",
        *(table3(rows) or ["Not run."]),
        "",
        "## Theorem 4",
        "",
        "Hessian of a loss on noisy labels, against that of cross-entropy on clean labels: "
        "relative difference over random directions, the largest over layers and seeds. "
        "The network was trained with cross-entropy on noisy labels. Within the weights of one "
        "layer the backward correction leaves the Hessian as it is, with any T, as the theorem "
        "says. Between layers it does not, and neither does plain cross-entropy: there the logits "
        "are products of weights, not piecewise linear.",
        "",
        *(theorem4(rows) or ["Not run."]),
        "",
        "## What was run",
        "",
        *not_run(jobs, rows, ("scale", "experiment", "data", "network", "noise", "rate"), keys),
    ]
    return [write_page(lines, folder / "patrini_2017.md"), *figures]
