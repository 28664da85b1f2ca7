"""Labels given by people: CIFAR-10N (Wei et al., 2022) with sknoisy's corrections.

    python examples/papers/cifar_n.py --quick --data-home DIR
    python examples/papers/cifar_n.py --full --device cuda --only noise=worst
    python examples/papers/cifar_n.py report

Five label sets of the same 50,000 images: the majority of three annotators (aggre), each of the
three (rand1 to rand3), and one of their wrong labels where there is one (worst). Compared are
plain cross-entropy, a robust loss, the corrections with an estimated T and with the T counted
from all clean labels, and what clean labels of a tenth of the rows are good for. --quick trains a
small ConvNet on some of the images of the first two sets; --full a ResNet-34 on all, for a GPU.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _experiments import Study, main
from _human import FOR_T, FOR_TRAINING, FOR_TUNING, run_human
from _patrini_report import groups, method_name, size_of
from _reports import cell, markdown_table, not_run, provenance, select, unique, write_page
from _results import Row

LABELS = ("worst", "aggre", "rand1", "rand2", "rand3")
METHODS = (
    ("cross_entropy", None, None),
    ("gce", None, None),
    ("forward", "estimated", None),
    ("backward", "estimated", None),
    ("forward", "true", None),
    ("forward", "trusted", FOR_T),
    ("forward", "estimated", FOR_TRAINING),
    ("forward", "estimated", FOR_TUNING),
)
SIZES = {
    "tiny": ("convnet2", 1, 1_200),
    "quick": ("convnet4", 8, 3_000),
    "full": ("resnet34", 100, None),
}
COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/papers/cifar_n.py"


def grid(scale: str) -> list[dict[str, Any]]:
    network, epochs, n_train = SIZES[scale]
    size = {"network": network, "epochs": epochs, "n_train": n_train}
    return [
        {"noise": labels, "loss": loss, "T": T, "trusted": trusted, **size}
        for labels in (LABELS if scale == "full" else LABELS[:2])
        for loss, T, trusted in METHODS
    ]


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# CIFAR-10N: labels given by people",
        "",
        "Accuracy in percent on the clean test labels of CIFAR-10, mean ± standard deviation over "
        "seeds. The epoch with the lowest loss on a tenth of the noisy training rows is kept. "
        "`true T` is counted from all clean labels, which no user has. Trusted labels are the "
        "clean ones of a tenth of the rows. Human noise also depends on the image, so that no T "
        "describes it fully.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for block in groups(rows, ("scale", "network", "epochs", "n_train")):
        first, sets = block[0], unique(block, "noise")
        seeds = len(unique(block, "seed"))
        methods = groups(block, ("loss", "T", "trusted"))
        accuracy = [
            [method_name(m[0]), *(cell(select(m, noise=labels)) for labels in sets)]
            for m in methods
        ]
        error = [
            [method_name(m[0]), *(cell(select(m, noise=labels), "T_error", 3) for labels in sets)]
            for m in methods
            if any(row["T_error"] for row in m)
        ]
        lines += [
            f"## {first['network']} ({first['scale']})",
            "",
            f"{size_of(first)}; {seeds} seed{'s' if seeds > 1 else ''}.",
            "",
            *markdown_table(["training", *sets], accuracy),
            "",
            "Error of T, against T counted from all clean labels:",
            "",
            *markdown_table(["training", *sets], error),
            "",
        ]
    jobs = [job for scale in ("quick", "full") for job in STUDY.jobs(scale)]
    lines += [
        "## What was run",
        "",
        *not_run(jobs, rows, ("scale", "network", "noise"), STUDY.key_columns),
    ]
    return [write_page(lines, folder / "cifar_n.md")]


STUDY = Study(
    name="cifar_n",
    description=__doc__,
    settings=("noise", "network", "loss", "T", "trusted", "epochs", "n_train"),
    results=("accuracy", "T_error", "kept_epoch"),
    grid=grid,
    run=run_human,
    report=report,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
