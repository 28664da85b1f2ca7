"""The benchmark of positive and unlabelled rows, on 400 rows of one table."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import positive_unlabelled
from _experiments import main
from _results import read_rows


@pytest.fixture
def data_home(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=600)
    X = rng.normal(size=(600, 4)) + 2 * y[:, None]
    (tmp_path / "tables").mkdir()
    path = tmp_path / "tables" / "german.npz"
    np.savez(path, X=X.astype(np.float32), y=y.astype(np.int8), is_numeric=np.full(4, True))
    return tmp_path


def test_tiny_study_runs_and_reports(data_home, tmp_path):
    output = tmp_path / "positive_unlabelled.csv"
    arguments = ["--tiny", "--data-home", str(data_home), "--output", str(output)]
    assert main(positive_unlabelled.STUDY, arguments) == 0
    *ours, naive = read_rows(output)
    assert [row["method"] for row in ours] == list(positive_unlabelled.OURS)
    for row in ours:
        assert float(row["share_error"]) < 0.08
        assert float(row["accuracy"]) > float(naive["accuracy"])
    assert main(positive_unlabelled.STUDY, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "positive_unlabelled.md").read_text(encoding="utf-8")
    assert "| forest of the labels | 0." in page
