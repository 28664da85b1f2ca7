"""The benchmark of soft labels, in a tiny version."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from sknoisy import RobustLossClassifier, make_net

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "soft_labels.py"))


def test_a_tiny_run_writes_the_page(benchmark, monkeypatch, tmp_path):
    variables = benchmark["main"].__globals__

    def tiny(seed):
        found = benchmark["digits"](seed)
        return found._replace(X=found.X[:200], clean=found.clean[:200], classifier=GaussianNB())

    def one_network(problem, T, seed):
        return {"network": RobustLossClassifier(make_net(max_epochs=10), random_state=seed)}

    monkeypatch.setitem(variables, "PROBLEMS", {"digits": tiny})
    monkeypatch.setitem(variables, "classifiers", one_network)
    monkeypatch.setattr(sys, "argv", ["soft_labels.py"])
    page = tmp_path / "page.md"
    benchmark["main"](["--seeds", "2", "--rows", "600", "--output", str(page)])
    text = page.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| network"))
    hard, soft = [float(cell.split("%")[0]) for cell in row.split("|")[2:4]]
    assert 20 < hard < 100
    assert 20 < soft < 100
    assert "--seeds 2" in text


def test_only_a_loss_beyond_chance_is_marked(benchmark):
    right = np.arange(100) < 80
    compared, table = benchmark["compared"], benchmark["table"]
    for other, marked in (
        (right, False),
        (np.arange(100) < 40, True),
        (np.arange(100) < 90, False),
    ):
        assert ("(!)" in table([{"one": compared(right, other)}])[-1]) is marked
