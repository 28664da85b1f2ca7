"""Ctrl-C at random moments: the classifier is as before."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "examples" / "benchmarks" / "interrupts.py"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(FILE.parent)  # For the modules beside it.
    spec = importlib.util.spec_from_file_location("interrupts_benchmark", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # The cache pickles its functions.
    spec.loader.exec_module(module)
    return module


def test_interruptions_of_all_stages_leave_classifier_and_cache_clean(benchmark, tmp_path):
    output = tmp_path / "interrupts.md"
    benchmark.main(["--n", "4", "--output", str(output)])
    rows = [line for line in output.read_text().splitlines() if line.startswith("| ")][2:]
    counts = {cells[1].strip(): list(map(int, cells[2:-1])) for cells in map(split, rows)}
    assert counts.keys() == set(benchmark.STAGES)
    for stage, (unfitted, as_before, after, wrong, n_entries) in counts.items():
        assert wrong == 0
        assert unfitted + as_before + after == 4
        # Later than meant, on a machine that hesitates, the first stage is complete.
        assert n_entries == 0 or stage == "folds of stage one"
    assert all(sum(counts[stage][:2]) > 0 for stage in ("folds of stage one", "warm-up"))


def split(row):
    return row.split("|")
