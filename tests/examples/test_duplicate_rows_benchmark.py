"""The benchmark of copied rows, in a tiny version."""

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "duplicate_rows.py"))


@pytest.mark.filterwarnings("ignore:These labels hardly tell:UserWarning")  # So few rows.
def test_a_tiny_run_writes_the_page(benchmark, monkeypatch, tmp_path):
    variables = benchmark["main"].__globals__
    monkeypatch.setitem(variables, "NOISES", {"pair": variables["NOISES"]["pair"]})
    kept = {name: variables["COPIES"][name] for name in ("every row twice",)}
    monkeypatch.setitem(variables, "COPIES", kept)
    page = tmp_path / "page.md"
    monkeypatch.setattr(sys, "argv", ["duplicate_rows.py"])
    arguments = ["--seeds", "1", "--classes", "2", "--rows", "600", "--output", str(page)]
    benchmark["main"](arguments)
    text = page.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| every row twice | pair"))
    unique, with_copies, _, parted = [float(cell.split("±")[0]) for cell in row.split("|")[3:7]]
    assert with_copies < parted
    assert unique < parted
    assert "--seeds 1 --classes 2" in text
