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
from tables_bars import bars, by_table


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


def row(table, method, noise="none", seed="0", accuracy=0.8, log_loss=0.5, **more):
    of_T = {"T_error": "", "doubted": "", "cpu_seconds": "1"} | more
    return {
        "table": table,
        "noise": noise,
        "method": method,
        "seed": seed,
        "accuracy": str(accuracy),
        "log_loss": str(log_loss),
        **of_T,
    }


def test_methods_are_compared_on_the_seeds_that_all_of_them_have():
    rows = [row("a", "forward"), row("a", "forward", seed="1", accuracy=0.2), row("a", "forest")]
    rows.append(row("b", "forward"))
    assert by_table(rows, ("forward", "forest"), "accuracy")[0] == ["a"]
    np.testing.assert_allclose(by_table(rows, ("forward", "forest"), "accuracy")[1], 0.8)
    np.testing.assert_allclose(by_table(rows, ("forward",), "accuracy")[1], [[0.5], [0.8]])


@pytest.mark.parametrize(
    ("worse", "broken"),
    [
        ({}, []),
        ({"accuracy": 0.78}, ["accuracy won: -0.0200"]),
        ({"log_loss": 0.52}, ["log loss won: -0.0200"]),
        ({"T_error": "0.2"}, ["error of T, clean labels: 0.200"]),
        ({"doubted": "1"}, ["doubted among 1 T off by less than 0.1: 100%"]),
        ({"cpu_seconds": "1.6"}, ["against cleanlab, median: 1.60"]),
    ],
)
def test_each_bar_on_clean_labels_can_fail(worse, broken):
    forward = row("a", "forward", **{"T_error": "0.01", "doubted": "0"} | worse)
    lines = bars([forward, row("a", "uncorrected"), row("a", "cleanlab")])
    failed = [line for line in lines if line.endswith("does not hold.")]
    assert len(failed) == len(broken)
    assert all(part in line for part, line in zip(broken, failed, strict=True))


def test_first_and_half_of_the_gain_are_told_from_less():
    def lines(of_forward):
        rows = [row("a", "forward", "pair 0.3", accuracy=of_forward)]
        rows += [row("a", "forward, T", "pair 0.3", accuracy=0.9)]
        return bars([*rows, row("a", "uncorrected", "pair 0.3")])

    assert "pair 0.3 (1), accuracy won: +0.0600, with the true T +0.1000: holds" in "".join(
        lines(0.86)
    )
    below = "".join(lines(0.78))
    assert "accuracy won: -0.0200, with the true T +0.1000: does not hold" in below
    assert "in accuracy: 2.00, first uncorrected 1.00: does not hold" in below
