"""What several members of the default network cost, against one.

    OMP_NUM_THREADS=1 python examples/benchmarks/members_cost.py

Fits of 3,000 rows of 20 columns with T given, for as many epochs, in turn; processor time.
Prints a table; docs/results/members_cost.md holds one.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import torch
from _machine import machine
from sklearn.datasets import make_classification

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import TableMLP
from sknoisy.noise import symmetric_transition_matrix

N_ROWS, N_COLUMNS, N_CLASSES = 3000, 20, 4
EPOCHS, ROUNDS = 20, 7
MEMBERS = 5
# Batch size and width: those of so many rows come first and second.
SETTINGS = ((64, 64), (256, 64), (64, 128), (256, 128))


def seconds(n_members: int, batch_size: int, width: int) -> float:
    X, y = make_classification(
        N_ROWS, N_COLUMNS, n_informative=8, n_classes=N_CLASSES, random_state=0
    )
    net = make_net(
        TableMLP, module__hidden_sizes=(width, width), batch_size=batch_size, max_epochs=EPOCHS
    )
    clf = ForwardCorrectedClassifier(
        net,
        transition_matrix=symmetric_transition_matrix(N_CLASSES, 0.3),
        n_members=n_members,
        random_state=0,
    )
    start = time.process_time()
    clf.fit(X.astype(np.float32), y)
    return time.process_time() - start


def main() -> int:
    torch.set_num_threads(1)
    print(f"Machine: {machine()}\n")
    print("| batch | hidden layers | one (s) | five (s) | ratio, median (least to most) |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for batch_size, width in SETTINGS:
        seconds(1, batch_size, width)
        rounds = [
            (seconds(1, batch_size, width), seconds(MEMBERS, batch_size, width))
            for _ in range(ROUNDS)
        ]
        one, five = np.array(rounds).T
        ratio = five / one
        print(
            f"| {batch_size} | {width}, {width} | {np.median(one):.2f} | {np.median(five):.2f} | "
            f"{np.median(ratio):.2f} ({ratio.min():.2f} to {ratio.max():.2f}) |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.exit(main())
