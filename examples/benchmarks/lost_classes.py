"""Does forward training with the true T lose a class? MNIST, with and without warm-up.

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/lost_classes.py --seeds 20

Network and optimiser are those of Patrini et al. (2017). A run is appended to
docs/results/lost_classes.csv when it ends, and skipped if it is there already; the table is made
from the file. Clean test labels are looked at for the table only.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import sklearn
import torch
from tqdm import tqdm

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy._files import write_text
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

RESULTS = Path(__file__).parents[2] / "docs" / "results"
FIELDS = ["noise_rate", "warm_up", "epochs", "seed", "accuracy", "warned", "seconds"]


def read_mnist(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return (X / 255).astype(np.float32), np.frombuffer(labels, np.uint8, offset=8)


def patrini_net(epochs: int):
    return make_net(
        module__hidden_sizes=(128, 128),
        module__dropout=0.2,
        optimizer=torch.optim.Adagrad,
        optimizer__eps=1e-6,
        lr=0.01,
        max_epochs=epochs,
        batch_size=128,
    )


def run(train, test, noise_rate: float, warm_up: float, epochs: int, seed: int) -> dict:
    T = class_map_transition_matrix(MNIST_CLASS_MAP, noise_rate, classes=10)
    y_noisy = corrupt_labels(train[1], T, random_state=seed)
    clf = ForwardCorrectedClassifier(
        patrini_net(epochs), transition_matrix=T, warm_up=warm_up, random_state=seed
    )
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(train[0], y_noisy)
    return {
        "noise_rate": noise_rate,
        "warm_up": warm_up,
        "epochs": epochs,
        "seed": seed,
        "accuracy": round(100 * clf.score(*test), 2),
        "warned": int(any("lost the classes" in str(w.message) for w in caught)),
        "seconds": round(time.perf_counter() - start, 1),
    }


def epochs_or_share(text: str) -> float:
    return int(text) if text.isdigit() else float(text)


def read_rows(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def key(row: dict) -> tuple[str, ...]:
    return tuple(str(row[field]) for field in FIELDS[:4])


def table(rows: list[dict]) -> list[str]:
    lines = [
        "| noise | warm-up | epochs | seeds | lowest | mean | below 96% | warned |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for case in sorted({key(row)[:3] for row in rows}):
        mine = [row for row in rows if key(row)[:3] == case]
        accuracy = np.array([float(row["accuracy"]) for row in mine])
        warned = sum(int(row["warned"]) for row in mine)
        lines.append(
            f"| {' | '.join(case)} | {len(mine)} | {accuracy.min():.2f} | {accuracy.mean():.2f} "
            f"| {(accuracy < 96).sum()} | {warned} |"
        )
    return lines


def write_report(rows: list[dict], path: Path) -> None:
    lines = [
        "# Lost classes",
        "",
        "MNIST, asymmetric noise, forward correction with the true T from random weights, network "
        "and AdaGrad of Patrini et al. (2017). Accuracy in percent on the clean test set.",
        "",
        "Command: `SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python "
        "examples/benchmarks/lost_classes.py --seeds 20`",
        "",
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}; Python "
        f"{platform.python_version()}, torch {torch.__version__}, scikit-learn "
        f"{sklearn.__version__}. Warm-up: its epochs, or at most so large a share of all (0.2 is "
        "the default). `warned`: runs in which the classifier said that a class is lost.",
        "",
        *table(rows),
        "",
    ]
    write_text(path, "\n".join(lines))
    print("\n".join(table(rows)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--warm-up", type=epochs_or_share, nargs="+", default=[0.2])
    parser.add_argument("--noise-rates", type=float, nargs="+", default=[0.45, 0.6])
    args = parser.parse_args()
    folder = Path(os.environ["SKNOISY_DATA_HOME"]) / "mnist"
    train, test = read_mnist(folder, "train"), read_mnist(folder, "t10k")
    path = RESULTS / "lost_classes.csv"
    done = {key(row) for row in read_rows(path)}
    jobs = list(product(range(args.seeds), args.warm_up, args.noise_rates))
    for seed, warm_up, rate in tqdm(jobs, unit="run"):
        if (str(rate), str(warm_up), str(args.epochs), str(seed)) in done:
            continue
        row = run(train, test, rate, warm_up, args.epochs, seed)
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, FIELDS)
            if new:
                writer.writeheader()
            writer.writerow(row)
    write_report(read_rows(path), RESULTS / "lost_classes.md")


if __name__ == "__main__":
    main()
