"""Whether replayed training steps give the bits of ordinary ones with this version of PyTorch.

Each network is trained twice, with and without replays; weights, buffers, the optimizer's state
and the losses of all epochs must agree in every bit. The run of a version is added to
docs/results/replay_versions.csv, and the page beside it is written from all runs. Exits with 1 if
a bit differs.

Run from the repository's root, once for each version::

    OMP_NUM_THREADS=1 python examples/benchmarks/replay_versions.py
    OMP_NUM_THREADS=1 python examples/benchmarks/replay_versions.py --untested

``--untested`` turns replays on although the version is not one of those that were tested.
"""

from __future__ import annotations

import argparse
import csv
import platform
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skorch.callbacks import Callback, LRScheduler
from torch import nn

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    make_net,
)
from sknoisy._files import replacing, write_text
from sknoisy._net._replay import _private, why_off
from sknoisy.modules import ConvNet, EmbeddingClassifier, FlipAndCrop, PreActResNet
from sknoisy.noise import symmetric_transition_matrix

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "replay_versions.csv"
T = symmetric_transition_matrix(3, 0.3)


class BatchNormed(nn.Sequential):
    def __init__(self, n_features: int, n_classes: int) -> None:
        hidden = nn.Linear(n_features, 16), nn.BatchNorm1d(16), nn.LayerNorm(16), nn.GELU()
        super().__init__(*hidden, nn.Linear(16, n_classes))


class Recurrent(nn.Module):
    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(2, 8, batch_first=True)
        self.head = nn.Linear(8, n_classes)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        outputs, _ = self.recurrent(X.reshape(len(X), -1, 2))
        return self.head(outputs[:, -1])


class Hooked(BatchNormed):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__(n_features, n_classes)
        self[0].register_forward_hook(lambda module, args, output: output / 2)


class Replays(Callback):
    """Notes how many sizes of batches are replayed."""

    n_sizes = 0

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        sizes = getattr(net._step, "sizes", {}).values()
        self.n_sizes = max(self.n_sizes, sum(size.program is not None for size in sizes))


robust = partial(RobustLossClassifier, loss="cross_entropy")
forward = partial(ForwardCorrectedClassifier, transition_matrix=T)
backward = partial(BackwardCorrectedClassifier, transition_matrix=T)
ADAMW = {"optimizer": torch.optim.AdamW, "optimizer__weight_decay": 0.1}
AMSGRAD = {"optimizer__weight_decay": 0.1, "optimizer__amsgrad": True}
SGD = {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9, "optimizer__weight_decay": 1e-3}
SCHEDULER = {"callbacks": [LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=2)]}
CONVNET = {"module": ConvNet, "module__n_filters": 4}
RESIDUAL = {"module": PreActResNet, "module__depth": 8}
# The classifier, settings of its net, the input.
CASES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "MLP, Adam": (robust, {}, "table"),
    "sample weights": (robust, {}, "weighted"),
    "dropout": (robust, {"module__dropout": 0.3}, "table"),
    "forward loss": (forward, {}, "table"),
    "backward loss, weights": (backward, {}, "weighted"),
    "generalised cross-entropy": (partial(RobustLossClassifier, loss="gce"), {}, "table"),
    "AdamW, weight decay": (robust, ADAMW, "table"),
    "Adam, weight decay, amsgrad": (robust, AMSGRAD, "table"),
    "SGD, momentum, weight decay": (robust, SGD, "table"),
    "scheduler of the learning rate": (robust, SCHEDULER, "table"),
    "batch and layer normalisation": (robust, {"module": BatchNormed, "replay": True}, "table"),
    "LSTM": (robust, {"module": Recurrent, "replay": True}, "table"),
    "embedding": (robust, {"module": EmbeddingClassifier, "module__n_tokens": 9}, "tokens"),
    "ConvNet": (robust, CONVNET, "images"),
    "ConvNet, channels last": (robust, {**CONVNET, "channels_last": True}, "images"),
    "residual network, forward loss": (forward, RESIDUAL, "images"),
    "augmented images": (robust, {**CONVNET, "module__augmentation": FlipAndCrop}, "images"),
    "early-learning loss": (partial(RobustLossClassifier, loss="early_learning"), {}, "table"),
    "module with a hook": (robust, {"module": Hooked, "replay": True}, "table"),
}
NEVER_REPLAYED = {"early-learning loss", "module with a hook"}


def data(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Rows, labels of three classes, weights."""
    generator = np.random.default_rng(0)
    y = generator.integers(3, size=200)
    weight = generator.uniform(0.5, 1.5, size=200) if kind == "weighted" else None
    if kind == "tokens":
        return generator.integers(9, size=(200, 6)), y, weight
    shape = (3, 8, 8) if kind == "images" else (6,)
    X = generator.normal(size=(200, *shape)) + y.reshape(-1, *[1] * len(shape))
    return X.astype(np.float32), y, weight


def trained(name: str, replay: bool) -> tuple[Any, int]:
    """The fitted net of a case, and how many sizes of batches it replayed."""
    classifier, settings, kind = CASES[name]
    X, y, weight = data(kind)
    settings = {"max_epochs": 6, "batch_size": 32, "device": "cpu", **settings}
    settings["callbacks"] = [Replays(), *settings.get("callbacks", [])]
    if not replay:
        settings["replay"] = False
    clf = classifier(make_net(**settings), random_state=0).fit(X, y, sample_weight=weight)
    net = clf.estimator_
    watcher = next(callback for _, callback in net.callbacks_ if isinstance(callback, Replays))
    return net, watcher.n_sizes


def state_of(net: Any) -> list[torch.Tensor]:
    states = [net.optimizer_.state[p] for p in net.module_.parameters()]
    values = [value for state in states for value in state.values() if value is not None]
    losses = torch.tensor(net.history_[:, "train_loss"], dtype=torch.float64)
    return [*net.module_.state_dict().values(), *map(torch.as_tensor, values), losses]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--untested", action="store_true", help="replay with any version")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--note", default="", help="a remark for the page, such as an emulator")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.untested:
        _private.TESTED.add(tuple(map(int, torch.__version__.split(".")[:2])))
    run = [torch.__version__, platform.machine(), args.note, why_off() or "on"]
    print(*run, sep=" | ")
    rows, wrong = [], []
    for name in CASES:
        (net, n_sizes), (other, _) = (trained(name, replay) for replay in (True, False))
        states = zip(state_of(net), state_of(other), strict=True)
        same = all(torch.equal(*pair) for pair in states)
        rows.append([*run, name, n_sizes, "same" if same else "different"])
        if not same or (n_sizes > 0 and (name in NEVER_REPLAYED or run[3] != "on")):
            wrong.append(name)
        print(f"{name}: {n_sizes} sizes of batches replayed, bits {rows[-1][-1]}", flush=True)
    write(rows, args.output)
    sys.exit(f"Not as expected: {', '.join(wrong)}" if wrong else 0)


def write(rows: list[list[Any]], path: Path) -> None:
    """Put a run in the place of that of the same version, and write the page."""
    before: list[list[Any]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            before = [row for row in list(csv.reader(file))[1:] if row[0] != rows[0][0]]
    rows = sorted([*before, *rows], key=lambda row: [int(part) for part in version_of(row)])
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["torch", "machine", "note", "replays", "case", "sizes", "bits"])
        writer.writerows(rows)
    write_text(path.with_suffix(".md"), page(rows))


def version_of(row: list[Any]) -> list[str]:
    return row[0].partition("+")[0].split(".")[:3]


def page(rows: list[list[Any]]) -> str:
    versions = list(dict.fromkeys(row[0] for row in rows))
    head = {row[0]: row for row in rows}
    cells = {(row[0], row[4]): f"{row[5]}, {row[6]}" for row in rows}
    lines = [
        "# Replays and versions of PyTorch",
        "",
        "Command, once for each version: `OMP_NUM_THREADS=1 python "
        "examples/benchmarks/replay_versions.py`, with `--untested` for a new "
        "version. Each network is trained with and without replays, 6 epochs of 200 rows in "
        "batches of 32 and 8, seed 0, one thread. Compared are all bits of weights, buffers, the "
        "optimizer's state and the losses of the epochs.",
        "",
        "The package index has CPU builds of 2.6 to 2.10 for aarch64 only; these ran on the "
        "emulator QEMU (user mode), with Debian's Python 3.11, numpy 2.4.6, scikit-learn 1.9.1 "
        "and skorch 1.4.0, and with `--untested`. Its builds of 2.11, 2.12, 2.14 and 2.15 need "
        "the CUDA libraries: they were not run, "
        "and with them every step is an ordinary one.",
        "",
        "| PyTorch | machine | replays |",
        "| --- | --- | --- |",
    ]
    for version in versions:
        _, machine, note, replays, *_ = head[version]
        lines.append(f"| {version} | {machine}{', ' if note else ''}{note} | {replays} |")
    lines += [
        "",
        "Sizes of batches that were replayed (at most one: of the other there are too few), and "
        "the bits beside those of the ordinary training. LSTMs and augmented images are made of "
        "operations that are not replayed; a loss with a memory and a module with a hook never "
        "are.",
        "",
        f"| | {' | '.join(versions)} |",
        f"| --- |{' --- |' * len(versions)}",
    ]
    for case in dict.fromkeys(row[4] for row in rows):
        shown = " | ".join(cells.get((version, case), "") for version in versions)
        lines.append(f"| {case} | {shown} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
