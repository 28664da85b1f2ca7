"""The benchmark on real tables, on 150 rows of one of them."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import tables
from _experiments import main
from _results import read_rows


@pytest.fixture
def data_home(tmp_path):
    """A table like those of the benchmark: one of its columns is a category."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=330)
    X = rng.normal(size=(330, 4)) + 2 * y[:, None]
    X[:, 3] = rng.integers(2, size=330)
    is_numeric = np.array([True, True, True, False])
    (tmp_path / "tables").mkdir()
    path = tmp_path / "tables" / "german.npz"
    np.savez(path, X=X.astype(np.float32), y=y.astype(np.int8), is_numeric=is_numeric)
    return tmp_path


@pytest.mark.filterwarnings("ignore::UserWarning")  # So few rows.
def test_tiny_study_runs_and_reports(data_home, tmp_path):
    output = tmp_path / "tables.csv"
    arguments = ["--tiny", "--data-home", str(data_home), "--output", str(output)]
    assert main(tables.STUDY, arguments) == 0
    rows = read_rows(output)
    assert [row["method"] for row in rows] == ["forest", "logistic", "forward"] * 2
    assert all(float(row["accuracy"]) > 0.7 for row in rows)
    assert [bool(row["T_error"]) for row in rows] == [False, False, True] * 2
    assert main(tables.STUDY, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert "| forward |" in page
    assert "symmetric 0.2 (1)" in page


def test_columns_are_scaled_on_the_training_rows_and_labels_corrupted(data_home):
    problem = tables.load_problem("german", "0.3 / 0.1", 0, data_home, None)
    np.testing.assert_allclose(problem.X[:, :3].mean(axis=0), 0, atol=1e-5)
    assert set(np.unique(problem.X[:, 3])) == {0.0, 1.0}
    clean = tables.load_problem("german", "none", 0, data_home, None)
    wrong = problem.noisy != clean.noisy
    assert wrong[clean.noisy == 0].mean() == pytest.approx(0.3, abs=0.1)
    assert wrong[clean.noisy == 1].mean() == pytest.approx(0.1, abs=0.1)
    np.testing.assert_array_equal(problem.y_test, clean.y_test)


def test_every_table_has_noise_of_its_kind():
    jobs = tables.grid("full")
    for table, n_classes in tables.TABLES.items():
        noises = {job["noise"] for job in jobs if job["table"] == table}
        assert ("pair 0.3" in noises) == (n_classes > 2)
        assert ("0.3 / 0.1" in noises) == (n_classes == 2)
