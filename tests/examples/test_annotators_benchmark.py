"""The benchmark of annotators runs, on bundled data, and skips what it has run before."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from sknoisy import make_net

SCRIPT = Path(__file__).parents[2] / "examples" / "benchmarks" / "annotators.py"
CROWD = "3 annotators: spread 50%, pair 40%, spread 40%"
SITES = "4 sites: 0, 20, 40, 60% wrong"


@pytest.fixture
def benchmark(monkeypatch):
    spec = importlib.util.spec_from_file_location("annotators_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "net", lambda: make_net(max_epochs=2))
    for part, problem in (("digits", CROWD), ("groups", SITES)):
        monkeypatch.setitem(module.PARTS, part, (module.PARTS[part][0], [problem]))
    return module


def test_parts_come_together_on_one_page(benchmark, monkeypatch, tmp_path, capsys):
    page = tmp_path / "annotators.md"
    arguments = ["annotators.py", "--seeds", "1", "--output", str(page.with_suffix(".csv"))]
    for part in ("digits", "groups", "groups"):
        monkeypatch.setattr("sys.argv", [*arguments, "--only", part])
        benchmark.main()
    rows = benchmark.read(page.with_suffix(".csv"))
    keys = [(row["problem"], row["method"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert f"| {CROWD} | DawidSkene, with trees |" in page.read_text()
    found = {row["method"]: row for row in rows}
    majority, informed = (
        float(found[name]["consensus"]) for name in ("majority vote", "DawidSkene, with trees")
    )
    assert informed > majority + 0.2
    own = float(found["forward, estimated T of each site"]["error"])
    assert own < 0.5 * float(found["forward, one estimated T"]["error"])


def test_ties_of_a_majority_vote_are_broken_at_random(benchmark):
    y = np.tile([0, 1, -1], (1000, 1))
    votes = benchmark.majority(y, seed=0, n_classes=2)
    assert 400 < votes.sum() < 600
    assert benchmark.majority(np.full((1, 3), -1), seed=0).tolist() == [-1]
