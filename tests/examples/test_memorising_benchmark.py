"""The benchmark of networks that learn wrong labels by heart, on two epochs of the digits."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import memorising
from _experiments import chosen, main
from _results import read_rows
from memorising_report import bars


@pytest.mark.filterwarnings("ignore::UserWarning")  # So few epochs.
def test_tiny_study_runs_and_reports(tmp_path):
    output = tmp_path / "memorising.csv"
    assert main(memorising.STUDY, ["--tiny", "--output", str(output)]) == 0
    rows = read_rows(output)
    assert [row["method"] for row in rows] == list(memorising.METHODS)
    assert all(50 < float(row["accuracy"]) <= float(row["best_epoch"]) for row in rows)
    assert main(memorising.STUDY, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "memorising.md").read_text(encoding="utf-8")
    assert "digits, class map 0.3: backward +" in page


def test_bars_that_are_missed_are_said_to_be():
    def row(method, accuracy, best):
        return {
            "data": "mnist",
            "noise": "none",
            "method": method,
            "seed": "0",
            "accuracy": str(accuracy),
            "best_epoch": str(best),
        }

    rows = [row("cross-entropy", 90, 90), row("forward, stopped", 89, 90), row("backward", 89, 90)]
    assert [line.endswith("does not hold.") for line in bars(rows)] == [True, True]
    rows = [row("cross-entropy", 90, 90), row("forward, stopped", 90, 90), row("backward", 90, 91)]
    assert [line.endswith(" holds.") for line in bars(rows)] == [True, True]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("method=forward, stopped", {"forward, stopped"}),
        ("method=forward,backward", {"forward", "backward"}),
    ],
)
def test_a_value_with_a_comma_stands_alone(condition, expected):
    jobs = memorising.STUDY.jobs("tiny")
    assert {job["method"] for job in chosen(memorising.STUDY, jobs, [condition])} == expected
