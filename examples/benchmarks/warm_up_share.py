"""At which share of a class should a warm-up go on? Chosen by held-out noisy labels.

    SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/warm_up_share.py

MNIST, asymmetric noise, forward training with the true T, on seeds that lost_classes.py does not
use. A tenth of the noisy rows is held out; the share with the lowest corrected log loss on them
wins, the smallest of those that are alike. Clean labels only make the noise. A run is appended to
docs/results/warm_up_share.csv when it ends, and skipped if it is there already; the page is drawn
from the file.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
import sklearn
import torch
from lost_classes import patrini_net, read_mnist, read_rows
from tqdm import tqdm

from sknoisy import ForwardCorrectedClassifier
from sknoisy._classifiers import _class_shares
from sknoisy.metrics import forward_log_loss
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels

RESULTS = Path(__file__).parents[2] / "docs" / "results"
# 0 never prolongs a warm-up.
SHARES = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9)
RATES, EPOCHS, FIRST_SEED = (0.45, 0.6), 10, 200
FIELDS = ["noise_rate", "share", "seed", "held_out_loss"]


def run(train: tuple[np.ndarray, np.ndarray], rate: float, share: float, seed: int) -> dict:
    X, clean = train
    T = class_map_transition_matrix(MNIST_CLASS_MAP, rate, classes=10)
    y = corrupt_labels(clean, T, random_state=seed)
    held_out, rows = np.split(np.random.default_rng(seed).permutation(len(y)), [len(y) // 10])
    clf = ForwardCorrectedClassifier(patrini_net(EPOCHS), transition_matrix=T, random_state=seed)
    with patch.object(_class_shares, "SCARCE", share):
        clf.fit(X[rows], y[rows])
    loss = forward_log_loss(y[held_out], clf.predict_proba(X[held_out]), T)
    return {"noise_rate": rate, "share": share, "seed": seed, "held_out_loss": round(loss, 5)}


def report(rows: list[dict]) -> list[str]:
    return [
        "# When a warm-up goes on",
        "",
        "MNIST, asymmetric noise, forward training with the true T. A warm-up goes on while the "
        "network gives a class less than this share of what noisy labels and T say it has. "
        "Corrected log loss on the held-out tenth of the noisy rows, mean over seeds, and its "
        "difference to that of 0.5, the default, ± standard error.",
        "",
        "Command: `SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python "
        "examples/benchmarks/warm_up_share.py`",
        "",
        f"Machine: {platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}; Python "
        f"{platform.python_version()}, torch {torch.__version__}, scikit-learn "
        f"{sklearn.__version__}. {EPOCHS} epochs; no clean label is looked at.",
        "",
        "| noise | share | seeds | loss | difference to 0.5 |",
        "| ---: | ---: | --- | ---: | ---: |",
        *(line(rows, rate, share) for rate in RATES for share in SHARES),
        "",
    ]


def line(rows: list[dict], rate: float, share: float) -> str:
    losses = {
        asked: {
            int(row["seed"]): float(row["held_out_loss"])
            for row in rows
            if (float(row["noise_rate"]), float(row["share"])) == (rate, asked)
        }
        for asked in (share, _class_shares.SCARCE)
    }
    mine, default = losses[share], losses[_class_shares.SCARCE]
    seeds = sorted(mine.keys() & default.keys())
    difference = np.array([mine[seed] - default[seed] for seed in seeds])
    error = difference.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else np.nan
    mean = np.mean([mine[seed] for seed in seeds])
    return (
        f"| {rate} | {share} | {seeds[0]} to {seeds[-1]} | {mean:.5f} "
        f"| {difference.mean():+.5f} ± {error:.5f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    train = read_mnist(Path(os.environ["SKNOISY_DATA_HOME"]) / "mnist", "train")
    path = RESULTS / "warm_up_share.csv"
    done = {tuple(row[field] for field in FIELDS[:3]) for row in read_rows(path)}
    seeds = range(FIRST_SEED, FIRST_SEED + asked.seeds)
    for seed, rate, share in tqdm(list(product(seeds, RATES, SHARES)), unit="run"):
        if (str(rate), str(share), str(seed)) in done:
            continue
        row = run(train, rate, share, seed)
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)
    lines = report(read_rows(path))
    (RESULTS / "warm_up_share.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines[-2 - len(SHARES) * len(RATES) :]))


if __name__ == "__main__":
    main()
