"""The benchmarks of several processes and of rows on disk run, and write their pages."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "examples" / "benchmarks"


def page_of(script, file, *arguments):
    command = [sys.executable, BENCHMARKS / script, "--output", file, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
    rows = [line.split(" | ") for line in file.read_text().splitlines() if line.startswith("| ")]
    return {row[0].strip("| "): row[1:] for row in rows[1:]}


@pytest.mark.slow
def test_two_processes_of_accelerate_agree_with_one(tmp_path):
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    settings = ("--rows", 16_384, "--epochs", 8, "--repeats", 1)
    rows = page_of("two_processes.py", tmp_path / "page.md", *settings)
    assert list(rows) == ["plain net", "accelerate, 1 process", "accelerate, 2 processes"]
    one, two = (float(rows[f"accelerate, {n}"][-1][:-2]) for n in ("1 process", "2 processes"))
    assert one == pytest.approx(two, abs=0.05)


@pytest.mark.slow
def test_rows_on_disk_are_measured_in_each_way(tmp_path):
    rows = page_of("out_of_core.py", tmp_path / "page.md", "--rows", 20_000)
    assert len(rows) == 4
    assert all(float(cells[2]) < 100 for cells in rows.values())
