"""Training on rows that stay on disk: memory and time as the rows become more.

Each measurement runs in a process of its own: an epoch of a small network on rows of 20 columns,
and its posteriors of some thousand rows. Memory is the largest resident set during the fit above
that before it, the pages of files that are mapped included.

Run from the repository's root::

    python examples/benchmarks/out_of_core.py --output docs/results/out_of_core.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import machine
from torch.utils.data import Dataset

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy.modules import MLP
from sknoisy.noise import IndexedRows, symmetric_transition_matrix

N_FEATURES, CHUNK, BATCH = 20, 100_000, 4096
T = symmetric_transition_matrix(2, 0.3)
MB = 1e6


class Shards:
    """Rows of many mapped `.npy` files: what `IndexedRows` asks of an array."""

    dtype, ndim = np.dtype(np.float32), 2

    def __init__(self, files: list[Path]) -> None:
        self.parts = [np.load(file, mmap_mode="r") for file in files]
        self.ends = np.cumsum([len(part) for part in self.parts])
        self.shape = (int(self.ends[-1]), N_FEATURES)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        rows = np.asarray(rows)
        which = np.searchsorted(self.ends, rows, side="right")
        found = np.empty((len(rows), N_FEATURES), dtype=self.dtype)
        for k in np.unique(which):
            part, chosen = self.parts[k], which == k
            found[chosen] = part[rows[chosen] - self.ends[k] + len(part)]
        return found


class ShardsDataset(Dataset):
    """The same as a Dataset, which is read a batch at a time and made of single items."""

    def __init__(self, files: list[Path], labels: np.ndarray) -> None:
        self.rows = Shards(files)
        self.targets = labels

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> Any:
        return self.__getitems__([row])[0]

    def __getitems__(self, rows: list[int]) -> list[Any]:
        return list(zip(self.rows[rows], self.targets[rows], strict=True))


def write(folder: Path, n_rows: int) -> None:
    """Noisy labels, and rows as one `.npy` file and as many, a piece at a time."""
    rng = np.random.default_rng(0)
    shape = (n_rows, N_FEATURES)
    rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.float32, shape)
    labels = np.empty(n_rows, dtype=np.int64)
    for start in range(0, n_rows, CHUNK):
        part = rng.normal(size=(min(CHUNK, n_rows - start), N_FEATURES)).astype(np.float32)
        clean = part[:, :3].sum(axis=1) > 0
        rows[start : start + len(part)] = part
        labels[start : start + len(part)] = clean ^ (rng.random(len(part)) < 0.3)
        np.save(folder / f"shard{start:09d}.npy", part)
    rows.flush()
    np.save(folder / "labels.npy", labels)


def peak() -> float:
    """The largest resident set of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


def measure(way: str, folder: Path) -> dict[str, float]:
    """Seconds and memory of a fit, and accuracy on rows of its own."""
    torch.set_num_threads(1)
    net = make_net(MLP, module__hidden_sizes=(32,), max_epochs=1, batch_size=BATCH)
    source: Any = T
    if "T estimated" in way:
        source = TransitionMatrixEstimator(method="count", cv=2, random_state=0)
    clf = ForwardCorrectedClassifier(net, transition_matrix=source, warm_up=0, random_state=0)
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20_000, N_FEATURES)).astype(np.float32)
    clean = X[:, :3].sum(axis=1) > 0
    clf.fit(X, clean.astype(int))  # What is loaded and compiled once is not measured.
    labels = np.load(folder / "labels.npy", mmap_mode="r")
    before, start = peak(), time.perf_counter()
    files = sorted(folder.glob("shard*.npy"))
    if way == "Dataset, T known":
        clf.fit(ShardsDataset(files, labels))
    elif way == "IndexedRows, T known":
        clf.fit(IndexedRows(Shards(files), np.arange(len(labels))), labels)
    else:
        clf.fit(np.load(folder / "rows.npy", mmap_mode="r"), labels)
    return {
        "seconds": time.perf_counter() - start,
        "MB": peak() - before,
        "accuracy": float((clf.predict(X) == clean).mean()),
    }


WAYS = (
    "memory map, T known",
    "memory map, T estimated",
    "IndexedRows, T known",
    "Dataset, T known",
)
# A Dataset hands out single items, which takes long.
MOST_ROWS_OF_A_DATASET = 10**6


def main(arguments: list[str] | None = None) -> None:
    """Measure each way at each size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("--measure", type=Path, help="used by the script for its processes")
    options = parser.parse_args(arguments)
    if options.measure is not None:
        print(json.dumps(measure(options.ways[0], options.measure)))
        return
    told = []
    for n_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), n_rows)
            for way in options.ways:
                if way.startswith("Dataset") and n_rows > MOST_ROWS_OF_A_DATASET:
                    continue
                command = [sys.executable, __file__, "--measure", folder, "--ways", way]
                env = os.environ | {"OMP_NUM_THREADS": "1"}
                said = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
                told.append((way, n_rows, json.loads(said.stdout.decode().splitlines()[-1])))
                print(*told[-1], flush=True)
    page = report(told)
    if options.output is None:
        print(page)
    else:
        options.output.write_text(page, encoding="utf-8")


def report(told: list[tuple[str, int, dict[str, float]]]) -> str:
    """The page."""
    rows = "\n".join(
        f"| {way} | {n_rows:,} | {n_rows * N_FEATURES * 4 / MB:,.0f} | {of['MB']:,.0f} "
        f"| {of['seconds']:.1f} | {of['seconds'] / n_rows * 1e6:.2f} | {of['accuracy']:.3f} |"
        for way, n_rows, of in sorted(told, key=lambda item: (WAYS.index(item[0]), item[1]))
    )
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    return f"""# Rows that stay on disk

A `ForwardCorrectedClassifier` trains an MLP with 32 hidden units for one epoch, {BATCH} rows a
step, on rows of {N_FEATURES} numbers in float32. T is known, or counted from networks on two folds,
which are two trainings more. The rows are a memory map, or many `.npy` files that are read by
`IndexedRows` or by a Dataset. Memory is the largest resident set above that before the fit. It
includes pages of the files, which the system takes back when others need them. Accuracy is that on
20,000 clean rows.

    python examples/benchmarks/out_of_core.py --output docs/results/out_of_core.md

Machine: {machine()}, one thread. Load at the end: {load}. Versions: Python \
{platform.python_version()}, PyTorch {torch.__version__}. Seed 0.

| way | rows | size of the file, MB | memory, MB | seconds | seconds per million rows | accuracy |
|---|---:|---:|---:|---:|---:|---:|
{rows}
"""


if __name__ == "__main__":
    main()
