"""The benchmark of the audit runs, and keeps rows that were made before."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "examples" / "benchmarks" / "audit.py"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(FILE.parent)  # For the modules beside it.
    spec = importlib.util.spec_from_file_location("audit_benchmark", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows_of_two_runs_come_together_on_one_page(benchmark, tmp_path):
    page = tmp_path / "audit.md"
    name, options = "breast cancer, 455 rows", ["--only", "alarms", "--output", str(page)]
    counts = ["--repetitions", "1", "--noisy-repetitions", "1"]
    for noise in ("clean", "near boundary 0.2", "clean"):
        benchmark.main([*options, *counts, "--data", name, "--noise", noise])
    rows = benchmark.read(page.with_suffix(".csv"))
    assert [row["noise"] for row in rows] == ["clean", "near boundary 0.2"]
    assert page.read_text().count(f"| {name} |") == 2
