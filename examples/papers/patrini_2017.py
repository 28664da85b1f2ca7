"""Patrini et al. (2017), "Making Deep Neural Networks Robust to Label Noise", with sknoisy.

    python examples/papers/patrini_2017.py --quick --data-home DIR
    python examples/papers/patrini_2017.py --full --only experiment=table2 data=mnist
    python examples/papers/patrini_2017.py --full --only network=resnet14 --device cuda --jobs 4
    python examples/papers/patrini_2017.py list --full
    python examples/papers/patrini_2017.py report

Table 2: losses against kinds of noise, with the true T, with the paper's estimate of it and with
ours. Figure 1: accuracy against the amount of asymmetric noise. Table 3's procedure on CIFAR-10N:
T from trusted rows, correction, fine-tuning. Theorem 4: Hessians of a network in training.

A run is one training on noisy labels; a row of docs/results/patrini_2017.csv is written when it
ends, and the same command goes on after an interruption. --quick trains on fewer rows for fewer
epochs; --full has the paper's settings, of which only those for MNIST and the IMDB embedding are
meant for a CPU, and beside them a short LSTM and few epochs of ResNet-14, which one core carries.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _corrections import run_correction
from _experiments import Context, Study, main
from _hessians import run_theorem4
from _human import ALONE, FOR_T, FOR_TUNING, LINEAR_HEAD, run_human
from _patrini_report import write_report
from _results import Row

# The rows of Table 2, the most telling first. Runs that share an estimate of T come one after the
# other, which estimates it once.
ROWS = (
    ("cross_entropy", None),
    ("forward", "true"),
    ("forward", "paper"),
    ("forward", "estimated"),
    ("backward", "estimated"),
    ("backward", "true"),
    ("unhinged", None),
    ("sigmoid", None),
    ("savage", None),
    ("bootstrap_soft", None),
    ("bootstrap_hard", None),
)
FEW_ROWS = (*ROWS[:4], ("backward", "true"))
WITH_BOTH_T = (*FEW_ROWS, ("backward", "estimated"))
# (data, network, epochs, training rows, rows of the table)
BLOCKS: dict[str, list[tuple[str, str, int, int | None, Sequence[tuple[str, str | None]]]]] = {
    "tiny": [("mnist", "mlp", 2, 500, ROWS)],
    "quick": [
        ("mnist", "mlp", 5, 10_000, ROWS),
        ("imdb", "embedding", 10, 3_000, FEW_ROWS),
        ("imdb", "lstm_small", 4, 3_000, FEW_ROWS),
        ("cifar10", "convnet4", 8, 3_000, FEW_ROWS),
    ],
    "full": [
        ("mnist", "mlp", 40, None, ROWS),
        ("imdb", "embedding", 50, None, ROWS),
        ("imdb", "lstm", 50, None, ROWS),
        ("cifar10", "resnet14", 120, None, ROWS),
        ("cifar10", "resnet32", 120, None, ROWS),
        ("cifar100", "resnet44", 150, None, ROWS),
        # What one core carries of these.
        ("imdb", "lstm_short", 4, None, WITH_BOTH_T),
        ("cifar10", "resnet14", 20, 20_000, FEW_ROWS),
    ],
}
# (data, network, epochs, training rows, rates of asymmetric noise beside those of Table 2)
SWEEPS: dict[str, list[tuple[str, str, int, int | None, tuple[float, ...]]]] = {
    "tiny": [],
    "quick": [("mnist", "mlp", 5, 10_000, (0.1, 0.3, 0.4, 0.5, 0.7))],
    "full": [
        ("mnist", "mlp", 40, None, (0.1, 0.3, 0.4, 0.5, 0.7)),
        ("imdb", "embedding", 50, None, (0.1, 0.3)),
        ("imdb", "lstm", 50, None, (0.1, 0.3)),
        ("cifar10", "resnet14", 120, None, (0.1, 0.3, 0.4, 0.5, 0.7)),
        ("cifar10", "resnet32", 120, None, (0.1, 0.3, 0.4, 0.5, 0.7)),
        ("cifar100", "resnet44", 150, None, (0.1, 0.3, 0.4, 0.5, 0.7)),
    ],
}
SWEPT = WITH_BOTH_T
# Two of their classes take each other's labels: at a rate of a half T has no inverse.
SWAPPED = ("mnist", "cifar10")
# (network, epochs, training rows)
TRUSTED_SIZES: dict[str, tuple[str, int, int | None]] = {
    "tiny": ("convnet2", 1, 1_200),
    "quick": ("convnet4", 8, 3_000),
    "full": ("resnet34", 100, None),
}
TRUSTED_ROWS = (
    ("cross_entropy", None, None),
    ("cross_entropy", None, ALONE),
    ("backward", "trusted", FOR_T),
    ("forward", "trusted", FOR_T),
    ("forward", "trusted", FOR_TUNING),
)
# The same on frozen features, by the share of the labels that are trusted.
TRUSTED_SHARES = (0.01, 0.02, 0.1)
HESSIAN_EPOCHS = {"tiny": (1,), "quick": (1, 5), "full": (1, 5, 20)}
HESSIAN_ROWS = (
    ("cross_entropy", None),
    ("backward", "true"),
    ("backward", "random"),
    ("forward", "true"),
    ("forward", "random"),
)


def grid(scale: str) -> list[dict[str, Any]]:
    return [*table2(scale), *figure1(scale), *table3(scale), *theorem4(scale)]


def table2(scale: str) -> Iterator[dict[str, Any]]:
    for data, network, epochs, n_train, rows in BLOCKS[scale]:
        # Two classes cannot have more than half of their labels wrong.
        high = 0.4 if data == "imdb" else 0.6
        columns = [("asymmetric", high), ("asymmetric", 0.2), ("symmetric", 0.2), ("none", 0.0)]
        if rows is FEW_ROWS and scale != "full":
            columns = [columns[0], columns[-1]]
        for noise, rate in columns:
            for loss, T in rows:
                yield {
                    **describe("table2", data, network, epochs, n_train),
                    **{"noise": noise, "rate": rate, "loss": loss, "T": T},
                }


def figure1(scale: str) -> Iterator[dict[str, Any]]:
    for data, network, epochs, n_train, rates in SWEEPS[scale]:
        for rate in rates:
            for loss, T in SWEPT:
                if (loss, T, rate) == ("backward", "true", 0.5) and data in SWAPPED:
                    continue
                yield {
                    **describe("figure1", data, network, epochs, n_train),
                    **{"noise": "asymmetric", "rate": rate, "loss": loss, "T": T},
                }


def table3(scale: str) -> Iterator[dict[str, Any]]:
    network, epochs, n_train = TRUSTED_SIZES[scale]
    for loss, T, trusted in TRUSTED_ROWS:
        yield {
            **describe("table3", "cifar10n", network, epochs, n_train),
            **{"noise": "worst", "loss": loss, "T": T, "trusted": trusted},
        }
    for share in TRUSTED_SHARES if scale == "full" else ():
        for loss, T, trusted in (*TRUSTED_ROWS, ("cross_entropy", None, FOR_TUNING)):
            if trusted or share == TRUSTED_SHARES[0]:
                yield {
                    **describe("table3", "cifar10n", LINEAR_HEAD, 20, None),
                    **{"noise": "worst", "loss": loss, "T": T, "trusted": trusted},
                    **({"share": share} if trusted else {}),
                }


def theorem4(scale: str) -> Iterator[dict[str, Any]]:
    n_train = 500 if scale == "tiny" else 10_000
    for epochs in HESSIAN_EPOCHS[scale]:
        for loss, T in HESSIAN_ROWS:
            yield {
                **describe("theorem4", "mnist", "mlp", epochs, n_train),
                **{"noise": "asymmetric", "rate": 0.6, "loss": loss, "T": T},
            }


def describe(
    experiment: str, data: str, network: str, epochs: int, n_train: int | None
) -> dict[str, Any]:
    return {
        "experiment": experiment,
        "data": data,
        "network": network,
        "epochs": epochs,
        "n_train": n_train,
    }


RUNS = {
    "table2": run_correction,
    "figure1": run_correction,
    "table3": run_human,
    "theorem4": run_theorem4,
}


def run(settings: Mapping[str, Any], seed: int, context: Context) -> Mapping[str, Any]:
    return RUNS[settings["experiment"]](settings, seed, context)


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    jobs = [job for scale in ("quick", "full") for job in STUDY.jobs(scale)]
    return write_report(rows, folder, jobs, STUDY.key_columns)


STUDY = Study(
    name="patrini_2017",
    description=__doc__,
    settings=(
        "experiment",
        "data",
        "network",
        "noise",
        "rate",
        "loss",
        "T",
        "trusted",
        "share",
        "epochs",
        "n_train",
    ),
    results=("accuracy", "T_error", "kept_epoch", "layer_difference", "network_difference"),
    grid=grid,
    run=run,
    report=report,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
