"""One network on several processes by skorch's accelerate mixin: accuracy and rows a second.

The same fit runs in one process and in two, of one thread each, which share out the rows of every
step and average gradients over gloo. A step of two processes takes as many rows as one of one
process. The plain net, without accelerate, is there for comparison.

Run from the repository's root, on an idle machine::

    python examples/benchmarks/two_processes.py --output docs/results/two_processes.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import machine
from accelerate import Accelerator
from skorch import NeuralNetClassifier
from skorch.hf import AccelerateMixin
from torch.utils.data import DataLoader

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import MLP
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N_FEATURES, N_CLASSES, BATCH = 200, 5, 4096
LR = 3e-3
T = symmetric_transition_matrix(N_CLASSES, 0.4)


class AcceleratedNet(AccelerateMixin, NeuralNetClassifier):
    """skorch's net on the processes and devices of accelerate."""


def problem(n_rows: int) -> tuple[Any, ...]:
    """Rows whose clean class is that of the largest of some projections, and noisy labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, N_FEATURES)).astype(np.float32)
    clean = (X @ rng.normal(size=(N_FEATURES, N_CLASSES))).argmax(axis=1)
    return X, corrupt_labels(clean, T, random_state=0), clean


def accelerated(n_processes: int, epochs: int) -> AcceleratedNet:
    """The net of one of so many processes; `device=None` leaves the place to accelerate."""
    return AcceleratedNet(
        MLP,
        module__hidden_sizes=(512, 512),
        accelerator=Accelerator(cpu=True),
        device=None,
        optimizer=torch.optim.Adam,
        lr=LR,
        max_epochs=epochs,
        batch_size=BATCH // n_processes,
        iterator_train=DataLoader,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        callbacks__print_log__sink=print,  # Another one prints whatever `verbose` says.
    )


def plain(epochs: int) -> Any:
    """The same without accelerate."""
    return make_net(
        MLP, module__hidden_sizes=(512, 512), max_epochs=epochs, batch_size=BATCH, lr=LR
    )


def measure(n_processes: int, n_rows: int, epochs: int) -> dict[str, float]:
    """In a process of a training: rows a second, and accuracy on clean rows of its own."""
    torch.set_num_threads(1)
    X, y, clean = problem(n_rows + 10_000)
    net = accelerated(n_processes, epochs) if n_processes else plain(epochs)
    clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    clf.set_params(estimator__max_epochs=1).fit(X[: 4 * BATCH], y[: 4 * BATCH])  # Warm caches.
    clf.set_params(estimator__max_epochs=epochs)
    start, cpu_start = time.perf_counter(), time.process_time()
    clf.fit(X[:n_rows], y[:n_rows])
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    accuracy = float((clf.predict(X[n_rows:]) == clean[n_rows:]).mean())
    return {
        "rows_per_second": n_rows * epochs / seconds,
        "rows_per_cpu_second": n_rows * epochs / cpu_seconds,
        "accuracy": accuracy,
    }


def run(n_processes: int, n_rows: int, epochs: int) -> list[dict[str, float]]:
    """What each process measured; 0 processes stand for one without accelerate."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--processes", str(n_processes)]
    command += ["--rows", str(n_rows), "--epochs", str(epochs)]
    started = []
    for rank in range(max(n_processes, 1)):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(n_processes)}
        env = os.environ | world | (place if n_processes > 1 else {})
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
    said = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a process failed; its error is above")
    return [json.loads(text.splitlines()[-1]) for text in said]


def main(arguments: list[str] | None = None) -> None:
    """Measure each way, repeatedly in turn, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--rows", type=int, default=16_384)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--processes", type=int, help="used by the script for its processes")
    options = parser.parse_args(arguments)
    if options.processes is not None:
        print(json.dumps(measure(options.processes, options.rows, options.epochs)))
        return
    ways = {"plain net": 0, "accelerate, 1 process": 1, "accelerate, 2 processes": 2}
    told: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(options.repeats):
        for name, n_processes in ways.items():
            results = run(n_processes, options.rows, options.epochs)
            assert len({result["accuracy"] for result in results}) == 1, "the processes differ"
            told[name].append(min(results, key=lambda result: result["rows_per_second"]))
            print(name, told[name][-1])
    page = report(told, options)
    if options.output is None:
        print(page)
    else:
        options.output.write_text(page, encoding="utf-8")


def report(told: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> str:
    """The page: the fastest of the repeats, as other work on the machine only slows them."""
    best = {name: max(runs, key=lambda run: run["rows_per_second"]) for name, runs in told.items()}
    one = best["accelerate, 1 process"]
    rows = [
        f"| {name} | {run['rows_per_second']:,.0f} "
        f"| {run['rows_per_second'] / one['rows_per_second']:.2f} "
        f"| {run['rows_per_cpu_second']:,.0f} "
        f"| {run['rows_per_cpu_second'] / one['rows_per_cpu_second']:.2f} "
        f"| {run['accuracy']:.4f} |"
        for name, run in best.items()
    ]
    table = "\n".join(rows)
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    return f"""# One network on two processes

A `ForwardCorrectedClassifier` with T known trains an MLP of two hidden layers of 512 units on
{options.rows:,} rows of {N_FEATURES} features for {options.epochs} epochs, {BATCH} rows a step.
Each process has one thread; two share out the rows of a step, over gloo. The fastest of
{options.repeats} repeats is shown. The CPU time is that of one process: its rate is what a core for
each process would allow, waiting left aside. Other work on the machine slows two processes more
than one, as each step waits for the slower one. Accuracy is that on 10,000 clean rows.

    python examples/benchmarks/two_processes.py --output docs/results/two_processes.md

Machine: {machine()}. Load at the end: {load}. Versions: Python {platform.python_version()}, \
PyTorch {torch.__version__}. Seed 0.

| way | rows a second | times one | rows a second of CPU time | times one | accuracy |
|---|---:|---:|---:|---:|---:|
{table}
"""


if __name__ == "__main__":
    main()
