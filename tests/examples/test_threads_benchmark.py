"""Threads share fitted classifiers: the benchmark in its short form."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def threads(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import threads

    yield threads
    for name in ("_machine", "threads"):
        sys.modules.pop(name, None)


def test_no_answer_is_wrong_and_nothing_changes(threads, tmp_path):
    file = tmp_path / "threads.md"
    threads.main(["--threads", "4", "--calls", "8", "--output", str(file)])
    rows = [line for line in file.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 6
    assert all("| 0 of 32 | yes | yes | yes |" in row for row in rows)
