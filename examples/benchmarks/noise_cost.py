"""What label noise costs and how near T it comes: corruption, and the peak memory of dilution.

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
from _machine import machine

from sknoisy import RobustLossClassifier, make_net
from sknoisy._files import write_text
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    IndexedRows,
    class_map_transition_matrix,
    corrupt_labels,
    dilute,
    pair_flip_transition_matrix,
    random_transition_matrix,
    symmetric_transition_matrix,
)

N_LABELS, N_REPEATS, SEED = 10**6, 5, 0
ALPHA, BATCH = 100, 1024
# The bars: standard errors, seconds with 1000 classes, ratio of peaks.
LARGEST_DEVIATION, LARGEST_SECONDS, LARGEST_RATIO = 4.0, 0.5, 1.3
RESULT = Path(__file__).parents[2] / "docs" / "results" / "noise_cost.md"


# %% Agreement with T


def agreement_table() -> Iterator[str]:
    """The largest deviation over all entries of T, of independent and of exact noise."""
    K = 10
    kinds = {
        "symmetric 0.2": symmetric_transition_matrix(K, 0.2),
        "symmetric 0.2 over all classes": symmetric_transition_matrix(K, 0.2, spread="all"),
        "pair flip 0.45": pair_flip_transition_matrix(K, 0.45),
        "MNIST's class map 0.6": class_map_transition_matrix(MNIST_CLASS_MAP, 0.6, classes=K),
        "random 0.4": random_transition_matrix(K, noise_rate=0.4, random_state=SEED),
    }
    y = np.random.default_rng(SEED).integers(0, K, N_LABELS)
    yield "| T | largest deviation, standard errors | exact=True: largest deviation, labels |"
    yield "|---|---|---|"
    worst = 0.0
    for name, T in kinds.items():
        expected = np.bincount(y)[:, None] * T
        drawn, exact = (
            pair_counts(y, corrupt_labels(y, T, exact=e, random_state=SEED), K)
            for e in (False, True)
        )
        standard_error = np.sqrt(expected * (1 - T))
        # Entries of 0 and 1 have no error: they must be met.
        deviation = np.abs(drawn - expected) / np.where(standard_error == 0, 1, standard_error)
        worst = max(worst, deviation.max())
        yield f"| {name} | {deviation.max():.2f} | {np.abs(exact - expected).max():.2f} |"
    yield ""
    yield (
        f"The bar is {LARGEST_DEVIATION:g} standard errors in every entry; it "
        f"{holds(worst <= LARGEST_DEVIATION)}."
    )


def pair_counts(clean: np.ndarray, noisy: np.ndarray, K: int) -> np.ndarray:
    return np.bincount(clean * K + noisy, minlength=K * K).reshape(K, K)


def holds(is_held: bool) -> str:
    return "holds" if is_held else "does not hold"


# %% Corruption


def corruption_table() -> Iterator[str]:
    yield "| labels | K | exact | seconds (median, slowest) | extra MB | an (n, K) array, MB |"
    yield "|---|---|---|---|---|---|"
    slowest = 0.0
    for K in (10, 100, 1000):
        y = np.random.default_rng(SEED).integers(0, K, N_LABELS)
        for kind, labels in (("int64", y), ("str", y.astype(str))):
            for exact in (False, True):
                seconds, megabytes = cost_of_corruption(labels, K, exact)
                slowest = max(slowest, *seconds)
                yield (
                    f"| {kind} | {K} | {exact} | {statistics.median(seconds):.3f}, "
                    f"{max(seconds):.3f} | {megabytes:.0f} | {8 * N_LABELS * K / 1e6:.0f} |"
                )
    yield ""
    yield (
        f"The bar is {LARGEST_SECONDS:g} s with 1000 classes; the slowest call of all took "
        f"{slowest:.3f} s: it {holds(slowest <= LARGEST_SECONDS)}."
    )


def cost_of_corruption(labels: np.ndarray, K: int, exact: bool) -> tuple[list[float], float]:
    T = symmetric_transition_matrix(K, 0.2)

    def corrupt() -> None:
        corrupt_labels(labels, T, exact=exact, random_state=SEED)

    return timed(corrupt), traced_peak(corrupt)


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
    array, view, diluted = (peak_of_a_run(rows) for rows in ("array", "0", str(ALPHA)))
    smaller = min(array[2], view[2])
    yield "| run | rows | CPU seconds | peak MB | ratio |"
    yield "|---|---|---|---|---|"
    for name, (n_rows, seconds, peak) in (
        ("undiluted, an array", array),
        ("undiluted, through an index", view),
        (f"alpha = {ALPHA}", diluted),
    ):
        yield f"| {name} | {n_rows:.0f} | {seconds:.1f} | {peak:.0f} | {peak / smaller:.2f} |"
    n_added, extra, ratio = diluted[0] - view[0], diluted[2] - view[2], diluted[2] / smaller
    yield ""
    yield (
        "An array is kept as float32 between epochs, the rows behind an index are converted batch "
        "by batch; ratios are to the smaller of the two undiluted runs. The bar is "
        f"{LARGEST_RATIO:g}; it {holds(ratio <= LARGEST_RATIO)}. Dilution adds {extra:.0f} MB to "
        f"the run through an index, {1e6 * extra / n_added:.0f} bytes for each added row: index, "
        f"labels and the place in the shuffled order. A copy of the rows would add "
        f"{n_added * 784 / 1e6:.0f} MB."
    )


def peak_of_a_run(rows: str) -> tuple[float, float, float]:
    """A process of its own for each run, since a peak is never forgotten."""
    command = [sys.executable, __file__, "--run", rows]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    n_rows, seconds, peak = map(float, printed.split())
    return n_rows, seconds, peak


def train_one_epoch(kind: str) -> None:
    """Train on the rows as an "array", or on an index diluted with so many noisy rows."""
    X, y = mnist()
    rows, labels = X, y
    if kind != "array":
        indices, labels, _ = dilute(y, float(kind), random_state=SEED)
        rows = IndexedRows(X, indices)
    net = make_net(max_epochs=1, batch_size=BATCH)
    RobustLossClassifier(net, loss="cross_entropy", random_state=SEED).fit(rows, labels)
    # Not the time on the wall, of which other programs take their part.
    print(len(rows), time.process_time(), peak_memory())


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
        f"Machine: {machine()}, one thread; "
        f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}; seed {SEED}."
    )
    yield ""
    yield "## Agreement with T"
    yield ""
    yield (
        f"`corrupt_labels` on {N_LABELS:,} labels of 10 classes, one draw: the counts of all 100 "
        f"pairs of clean and noisy label against their expectations."
    )
    yield ""
    yield from agreement_table()
    yield ""
    yield "## Dilution"
    yield ""
    yield (
        f"One epoch of `RobustLossClassifier` with its default network, batches of {BATCH}, on "
        f"{data} (60,000 x 784, uint8), each run in a fresh process. The peak is that of the "
        f"process, with what importing sknoisy takes; so are the seconds."
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
        train_one_epoch(sys.argv[2])
        return
    text = "\n".join(report()) + "\n"
    print(text)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    write_text(RESULT, text)


if __name__ == "__main__":
    main()
