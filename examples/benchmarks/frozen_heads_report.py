"""The page of frozen_heads.py: accuracies, the regret of choices, and the bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from _reports import cell, markdown_table, provenance, select, unique, values, write_page
from _results import Row

COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/frozen_heads.py"
HUMAN = ("worst", "aggre", "rand1", "rand2", "rand3")
TEXTS = "IMDB"
WITHOUT_T = ("cross-entropy", "gce", "elr")
LOSSES = (*WITHOUT_T, "forward", "backward")
# By what a user can choose, and whether more is better.
CHOICES = {"seen_accuracy": 1, "seen_balanced": 1, "seen_log_loss": -1}
# Bars, in points.
BEHIND_BEST, GAIN, BEHIND_CLEAN, REGRET = 0.3, 9.0, 1.0, 1.0


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Heads on frozen features",
        "",
        "Accuracy on the clean test labels of CIFAR-10 in percent, mean ± standard deviation over "
        "seeds, of classifiers with default parameters, fitted to features of an ImageNet network "
        "(EfficientNet-Lite0, images enlarged to 224 pixels), and on those of IMDB, film reviews "
        "as TF-IDF of 20,000 words. *Fine-tuned* goes on with the trusted rows alone, as Patrini "
        "et al. do for Table 3. *Error of T* is the mean L1 distance "
        "of its rows from the T counted with all clean labels. *Regret*: how much more accurate "
        "the best of the five losses was than the one that is chosen by a score of noisy labels "
        "of left-out training rows, through the estimated T.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        of_texts = [row for row in some if row["labels"].startswith(TEXTS)]
        images = [row for row in some if row not in of_texts]
        lines += [f"## Accuracy ({scale})", "", *accuracies(images), ""]
        if of_texts:
            lines += [f"## Accuracy on texts ({scale})", "", *accuracies(of_texts), ""]
        lines += [f"## Error of T ({scale})", "", *errors(some), ""]
        lines += [f"## Choice of the loss ({scale})", "", *choices(some), ""]
        lines += [f"## Bars ({scale})", "", *bars(some), ""]
    return [write_page(lines, folder / "frozen_heads.md")]


def accuracies(rows: Sequence[Row]) -> list[str]:
    methods = unique(rows, "method")
    lines = [
        [labels, *(cell(select(rows, labels=labels, method=method)) for method in methods)]
        for labels in unique(rows, "labels")
    ]
    return markdown_table(["labels", *methods], lines)


def errors(rows: Sequence[Row]) -> list[str]:
    methods = [m for m in unique(rows, "method") if values(select(rows, method=m), "T_error")]
    lines = [
        [
            labels,
            *(cell(select(rows, labels=labels, method=m), "T_error", 3) for m in methods),
        ]
        for labels in unique(rows, "labels")
    ]
    return markdown_table(["labels", *methods], lines)


def complete_cells(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Label sets and seeds in which all losses were run, one row for each."""
    for labels in unique(rows, "labels"):
        for seed in unique(select(rows, labels=labels), "seed"):
            some = select(rows, labels=labels, seed=seed)
            cells = [row for m in LOSSES for row in select(some, method=m) if row["seen_accuracy"]]
            if len(cells) == len(LOSSES):
                yield labels, seed, cells


def regrets(rows: Sequence[Row], by: str) -> list[float]:
    found = []
    for _, _, cells in complete_cells(rows):
        scores = np.array([CHOICES[by] * float(row[by]) for row in cells])
        accuracy = np.array([float(row["accuracy"]) for row in cells])
        found.append(float(accuracy.max() - accuracy[scores.argmax()]))
    return found


def choices(rows: Sequence[Row]) -> list[str]:
    n_cells = len(list(complete_cells(rows)))
    if not n_cells:
        return ["No label set with all losses yet."]
    lines = []
    for by in CHOICES:
        found = regrets(rows, by)
        lines.append([f"by {by.replace('_', ' ')}", f"{np.mean(found):.2f}", f"{max(found):.2f}"])
    for place, method in enumerate(LOSSES):
        found = [
            max(float(row["accuracy"]) for row in cells) - float(cells[place]["accuracy"])
            for _, _, cells in complete_cells(rows)
        ]
        lines.append([f"always {method}", f"{np.mean(found):.2f}", f"{max(found):.2f}"])
    return [
        f"{n_cells} label sets and seeds.",
        "",
        *markdown_table(["choice", "mean regret", "worst"], lines),
    ]


def bars(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each comparison, over the seeds that all of its methods have."""

    def ahead(
        labels: str, method: str, others: Sequence[str], least: float, name: str, of: str = ""
    ) -> Iterator[str]:
        found = [
            {row["seed"]: float(row["accuracy"]) for row in select(rows, labels=each, method=m)}
            for each, m in ((labels, method), *((of or labels, other) for other in others))
        ]
        seeds = sorted(set.intersection(*map(set, found)))
        if seeds:
            first, *rest = (np.mean([each[seed] for seed in seeds]) for each in found)
            more = first - max(rest)
            text = f"{labels}: {method} {more:+.2f} against {name} (seeds: {len(seeds)})"
            yield _bar(text, bool(more >= least))

    for labels in (known for known in HUMAN if known in unique(rows, "labels")):
        best = f"the best of {', '.join(WITHOUT_T)}"
        yield from ahead(labels, "forward", WITHOUT_T, -BEHIND_BEST, best)
        without = (*LOSSES, "kNN")
        yield from ahead(labels, "forward, 1% trusted", without, 0, "all that have no trusted row")
    labels = "asymmetric 0.4"
    for kind in ("", "linear, "):
        for plain in (f"{kind}cross-entropy", "logistic regression"):
            of_clean = f"{plain} on clean labels"
            yield from ahead(labels, f"{kind}forward", [plain], GAIN, plain)
            yield from ahead(labels, f"{kind}forward", [plain], -BEHIND_CLEAN, of_clean, "clean")
    yield from ahead(labels, "forward", ["kNN", "elr"], 0, "the better of kNN and elr")
    found = {by: regrets(rows, by) for by in CHOICES}
    for by, regret in found.items():
        if regret:
            name = by.replace("_", " ")
            text = f"loss by {name}: mean regret {np.mean(regret):.2f}"
            yield _bar(text, bool(np.mean(regret) <= REGRET))


def _bar(text: str, holds: bool) -> str:
    return f"- {text}: {'holds' if holds else 'does not hold'}."
