"""The benchmark of the warm-up's share runs on little data, and compares with the default."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from sknoisy._classifiers import _class_shares

BENCHMARKS = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = importlib.import_module("warm_up_share")
    monkeypatch.setattr(module, "EPOCHS", 1)
    return module


def test_run_scores_the_rows_it_holds_out_and_leaves_the_default(benchmark):
    y = np.arange(400) % 10
    X = np.eye(10, 784, dtype=np.float32)[y]
    before = _class_shares.SCARCE
    row = benchmark.run((X, y), 0.45, 0.9, seed=3)
    assert row["held_out_loss"] > 0
    assert _class_shares.SCARCE == before
    assert benchmark.run((X, y), 0.45, 0.9, seed=3) == row


def test_page_shows_the_difference_to_the_default(benchmark):
    rows = [
        {"noise_rate": rate, "share": share, "seed": seed, "held_out_loss": share + 0.1 * seed}
        for rate in benchmark.RATES
        for share in benchmark.SHARES
        for seed in (0, 1)
    ]
    page = "\n".join(benchmark.report(rows))
    assert "| 0.45 | 0.9 | 0 to 1 | 0.95000 | +0.40000 ± 0.00000 |" in page
