"""Does one training of Patrini's network for MNIST take longer than in a bare PyTorch loop?

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/mnist_training_time.py

784-128-128-10, dropout 0.2, AdaGrad, batches of 128, 60,000 rows, 40 epochs. The bare loop holds
the rows in memory, shuffles once per epoch, uses the fused optimiser and keeps no record. The
contestants take turns, each round in the other order, after a short training that is not timed.
Compared are wall time and processor time; the latter does not count what else the machine does.
Writes docs/results/mnist_training_time.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sklearn
import skorch
import torch
from tqdm import trange

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy._files import write_text
from sknoisy.datasets import fetch_mnist
from sknoisy.losses import ForwardLoss
from sknoisy.modules import MLP
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

RESULTS = Path(__file__).parents[2] / "docs" / "results"
T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.2, classes=10)
MODULE = {"hidden_sizes": (128, 128), "dropout": 0.2}
OPTIMISER = {"lr": 0.01, "eps": 1e-6}
BATCH = 128

Rows = tuple[np.ndarray, np.ndarray]


def bare(X: np.ndarray, y: np.ndarray, epochs: int, loss: Callable) -> None:
    torch.manual_seed(0)
    module = MLP(X.shape[1], 10, **MODULE)
    optimizer = torch.optim.Adagrad(module.parameters(), fused=True, **OPTIMISER)
    rows, labels = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(epochs):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            picked = order[start : start + BATCH]
            optimizer.zero_grad()
            loss(module(rows[picked]), labels[picked]).backward()
            optimizer.step()


def ours(X: np.ndarray, y: np.ndarray, epochs: int, corrected: bool) -> None:
    net = make_net(
        **{f"module__{name}": value for name, value in MODULE.items()},
        optimizer=torch.optim.Adagrad,
        optimizer__eps=OPTIMISER["eps"],
        lr=OPTIMISER["lr"],
        max_epochs=epochs,
        batch_size=BATCH,
        device="cpu",
    )
    if corrected:
        ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0).fit(X, y)
    else:
        RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X, y)


PAIRS: dict[str, tuple[Callable, Callable]] = {
    "cross-entropy": (
        lambda X, y, epochs: ours(X, y, epochs, corrected=False),
        lambda X, y, epochs: bare(X, y, epochs, torch.nn.functional.cross_entropy),
    ),
    "forward correction": (
        lambda X, y, epochs: ours(X, y, epochs, corrected=True),
        lambda X, y, epochs: bare(X, y, epochs, ForwardLoss(T)),
    ),
}


def timed(train: Callable, data: Rows, epochs: int) -> tuple[float, float]:
    """Seconds of wall and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    train(*data, epochs)
    return time.perf_counter() - wall, time.process_time() - processor


def race(name: str, data: Rows, epochs: int, rounds: int) -> list[str]:
    pair = PAIRS[name]
    for train in pair:
        train(data[0][:1000], data[1][:1000], 1)
    seconds: list[list[tuple[float, float]]] = [[], []]
    for number in trange(rounds, desc=name):
        for contestant in (0, 1) if number % 2 else (1, 0):
            seconds[contestant].append(timed(pair[contestant], data, epochs))
    line = [name]
    for kind in (0, 1):
        own, other = ([s[kind] for s in seconds[contestant]] for contestant in (0, 1))
        ratio = statistics.median(a / b for a, b in zip(own, other, strict=True))
        line += [f"{statistics.median(own):.1f}", f"{statistics.median(other):.1f}", f"{ratio:.3f}"]
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PAIRS)
    parser.add_argument("--output", type=Path, default=RESULTS / "mnist_training_time.md")
    args = parser.parse_args()
    X, y = fetch_mnist(return_X_y=True)
    X = (X.reshape(len(X), -1) / 255).astype(np.float32)
    data = (X, corrupt_labels(y, T, random_state=0))
    names = [args.only] if args.only else list(PAIRS)
    lines = [race(name, data, args.epochs, args.rounds) for name in names]
    flags = f" --epochs {args.epochs} --rounds {args.rounds}"
    page = [
        "# MNIST: one training against a bare PyTorch loop",
        "",
        f"Command: `SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS={torch.get_num_threads()} python "
        f"examples/benchmarks/mnist_training_time.py{flags}`",
        "",
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}; Python "
        f"{platform.python_version()}, torch {torch.__version__}, skorch {skorch.__version__}, "
        f"scikit-learn {sklearn.__version__}; {torch.get_num_threads()} threads.",
        "",
        f"Network and optimiser of Patrini et al. (2017), {len(y):,} rows, {args.epochs} epochs; "
        "medians over rounds in turn. A ratio is sknoisy over bare loop, within a round.",
        "",
        "| loss | wall s | bare | ratio | processor s | bare | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *("| " + " | ".join(line) + " |" for line in lines),
    ]
    write_text(args.output, "\n".join(page) + "\n")
    print("\n".join(page[-len(lines) - 2 :]))


if __name__ == "__main__":
    main()
