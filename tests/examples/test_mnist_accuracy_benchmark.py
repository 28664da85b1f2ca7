"""The benchmark of accuracies runs on little data, goes on where it stopped, and draws its page."""

import csv
import importlib
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "examples" / "benchmarks"
CASES = ["forward, one trusted label per class, 0.6", "backward, true T, best epoch, 0.45"]


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = importlib.import_module("mnist_accuracy")
    y = np.arange(400) % 10
    X = np.eye(10, 784, dtype=np.float32)[y]
    monkeypatch.setenv("SKNOISY_DATA_HOME", "nowhere")
    monkeypatch.setattr(module, "read_mnist", lambda folder, part: (X, y))
    monkeypatch.setattr(module, "EPOCHS", 2)
    monkeypatch.setattr(module, "FIRST_EPOCHS", 1)
    return module


def test_runs_are_kept_and_not_repeated(benchmark, tmp_path):
    for n_seeds in (1, 2, 2):
        benchmark.main(["--seeds", str(n_seeds), "--results", str(tmp_path), "--only", *CASES])
    with (tmp_path / "mnist_accuracy.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["case"], row["seed"]) for row in rows] == [
        (name, seed) for seed in "01" for name in CASES
    ]
    page = (tmp_path / "mnist_accuracy.md").read_text(encoding="utf-8")
    assert page.count("| 2 |") == 2


def test_as_many_labels_are_trusted_as_asked(benchmark):
    clean = np.arange(100) % 10
    labels = benchmark.some_labels(clean, 3, seed=0)
    known = ~np.isnan(labels)
    assert np.bincount(labels[known].astype(int)).tolist() == [3] * 10
    np.testing.assert_array_equal(labels[known], clean[known])
