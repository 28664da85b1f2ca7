"""The benchmark of prediction sets, on the digits."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import prediction_sets
from _experiments import main
from _results import read_rows


def test_tiny_study_runs_and_reports(tmp_path):
    output = tmp_path / "prediction_sets.csv"
    assert main(prediction_sets.STUDY, ["--tiny", "--output", str(output)]) == 0
    (row,) = read_rows(output)
    assert 0.82 < float(row["coverage T known"]) < 0.97
    assert float(row["coverage uncorrected"]) > 0.98
    assert float(row["size T known"]) < float(row["size uncorrected"]) / 2
    assert main(prediction_sets.STUDY, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "prediction_sets.md").read_text(encoding="utf-8")
    assert "| T known | 0." in page
