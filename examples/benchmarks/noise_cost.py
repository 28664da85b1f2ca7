"""What label noise costs: the time and memory of corruption, the peak memory of dilution.

Run it from the repository root; it prints Markdown and writes docs/results/noise_cost.md.
MNIST is read from the folder mnist/ in SKNOISY_DATA_HOME if that is set, else random images of
the same shape stand in.
"""

from __future__ import annotations

import gzip
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import sklearn

from sknoisy import RobustLossClassifier, make_net
from sknoisy.noise import IndexedRows, corrupt_labels, dilute, symmetric_transition_matrix

N_LABELS, N_REPEATS, SEED = 10**6, 5, 0
ALPHA, BATCH = 100, 1024
RESULT = Path(__file__).parents[2] / "docs" / "results" / "noise_cost.md"


# %% Corruption


def corruption_table() -> Iterator[str]:
    yield "| labels | K | exact | seconds (median, slowest) | extra MB | an (n, K) array, MB |"
    yield "|---|---|---|---|---|---|"
    for K in (10, 100, 1000):
        y = np.random.default_rng(SEED).integers(0, K, N_LABELS)
        for kind, labels in (("int64", y), ("str", y.astype(str))):
            for exact in (False, True):
                yield corruption_row(kind, labels, K, exact)


def corruption_row(kind: str, labels: np.ndarray, K: int, exact: bool) -> str:
    T = symmetric_transition_matrix(K, 0.2)

    def corrupt() -> None:
        corrupt_labels(labels, T, exact=exact, random_state=SEED)

    seconds, megabytes = timed(corrupt), traced_peak(corrupt)
    return (
        f"| {kind} | {K} | {exact} | {statistics.median(seconds):.3f}, {max(seconds):.3f} "
        f"| {megabytes:.0f} | {8 * N_LABELS * K / 1e6:.0f} |"
    )


def timed(work: Callable[[], None]) -> list[float]:
    seconds = []
    for _ in range(N_REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def traced_peak(work: Callable[[], None]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


# %% Dilution


def dilution_table() -> Iterator[str]:
    plain, diluted = (peak_of_a_run(alpha) for alpha in (0, ALPHA))
    yield "| alpha | rows | seconds | peak MB | ratio |"
    yield "|---|---|---|---|---|"
    for alpha, (rows, seconds, peak) in ((0, plain), (ALPHA, diluted)):
        yield f"| {alpha} | {rows:.0f} | {seconds:.1f} | {peak:.0f} | {peak / plain[2]:.2f} |"
    n_added, extra = diluted[0] - plain[0], diluted[2] - plain[2]
    yield ""
    yield (
        f"The diluted run adds {extra:.0f} MB, {1e6 * extra / n_added:.0f} bytes for each added "
        f"row: index, labels and the place in the shuffled order. A copy of the rows would "
        f"add {n_added * 784 / 1e6:.0f} MB."
    )


def peak_of_a_run(alpha: int) -> tuple[float, float, float]:
    """A process of its own for each run, since a peak is never forgotten."""
    command = [sys.executable, __file__, "--run", str(alpha)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows, seconds, peak = map(float, printed.split())
    return rows, seconds, peak


def train_one_epoch(alpha: int) -> None:
    start = time.perf_counter()
    X, y = mnist()
    rows, labels = X, y
    if alpha:
        indices, labels, _ = dilute(y, alpha, random_state=SEED)
        rows = IndexedRows(X, indices)
    net = make_net(max_epochs=1, batch_size=BATCH)
    RobustLossClassifier(net, loss="cross_entropy", random_state=SEED).fit(rows, labels)
    print(len(rows), time.perf_counter() - start, peak_memory())


def mnist() -> tuple[np.ndarray, np.ndarray]:
    if "SKNOISY_DATA_HOME" not in os.environ:
        rng = np.random.default_rng(SEED)
        X = rng.integers(0, 256, (60_000, 784), dtype=np.uint8)
        return X, rng.integers(0, 10, 60_000, dtype=np.uint8)
    folder = Path(os.environ["SKNOISY_DATA_HOME"], "mnist")
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return X, np.frombuffer(labels, np.uint8, offset=8)


def peak_memory() -> float:
    """Peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's memory from before exec
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1e3
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


# %% Report


def report() -> Iterator[str]:
    data = "MNIST" if "SKNOISY_DATA_HOME" in os.environ else "random images of MNIST's shape"
    yield "# What label noise costs"
    yield ""
    yield "Command: `OMP_NUM_THREADS=1 python examples/benchmarks/noise_cost.py`"
    yield ""
    yield (
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}; "
        f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}; seed {SEED}."
    )
    yield ""
    yield "## Dilution"
    yield ""
    yield (
        f"One epoch of `RobustLossClassifier` with its default network, batches of {BATCH}, on "
        f"{data} (60,000 x 784, uint8), each run in a fresh process. The peak is that of the "
        f"process, with what importing sknoisy takes."
    )
    yield ""
    yield from dilution_table()
    yield ""
    yield "## Corruption"
    yield ""
    yield (
        f"`corrupt_labels` on {N_LABELS:,} labels, symmetric noise 0.2, {N_REPEATS} calls; "
        f"extra memory is the peak that tracemalloc sees, the result included."
    )
    yield ""
    yield from corruption_table()


def main() -> None:
    if sys.argv[1:2] == ["--run"]:
        train_one_epoch(int(sys.argv[2]))
        return
    text = "\n".join(report()) + "\n"
    print(text)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text)


if __name__ == "__main__":
    main()
