"""The benchmark of model selection runs, on bundled data, and keeps parts that ran before."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import _selection_grid
import _selection_scores
import model_selection
from _selection_data import bundled, mixture
from sklearn.datasets import load_wine


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.delenv("SKNOISY_DATA_HOME", raising=False)
    return model_selection


def test_parts_run_one_by_one_come_together_on_one_page(benchmark, tmp_path, capsys):
    page = tmp_path / "page.md"
    for part in ("labels", "coverage"):
        benchmark.main(["--quick", "--only", part, "--repetitions", "4", "--output", str(page)])
    text = page.read_text()
    assert text.index("## Corrected accuracy, T known") < text.index("## Label errors found")
    assert text.count("| digits |") == 2
    assert text.count("| Gaussian mixture |") == 3
    assert "--only coverage" in text
    rows = benchmark.read(page.with_suffix(".csv"))
    assert {row["part"] for row in rows} == {"labels", "coverage"}
    assert "coverage: 3row" in capsys.readouterr().err


@pytest.mark.slow
def test_estimation_and_choice_run_on_little_data(benchmark, monkeypatch, tmp_path):
    wine = bundled("wine", load_wine)
    monkeypatch.setattr(_selection_grid, "grid_sets", lambda args: [wine])
    monkeypatch.setattr(_selection_scores, "pools", lambda: [mixture(6000)])
    page = tmp_path / "page.md"
    benchmark.main(["--quick", "--only", "estimated", "grid", "--output", str(page)])
    text = page.read_text()
    assert text.count("| Gaussian mixture |") == 3
    assert "regret, expected accuracy" in text
    assert "| mean |" in text


def test_regrets_are_averaged_over_sets_and_compared_with_those_of_noisy_accuracy():
    sets = [
        {"regret, noisy accuracy": 4.0, "+-, noisy accuracy": 3.0, "regret, ours": 1.0},
        {"regret, noisy accuracy": 2.0, "+-, noisy accuracy": 4.0, "regret, ours": 0.0},
    ]
    mean, share = _selection_grid.over_all(sets)
    assert mean["regret, noisy accuracy"] == 3
    assert mean["+-, noisy accuracy"] == 2.5
    assert share["regret, ours"] == pytest.approx(0.5 / 3)


def test_the_part_of_unequal_classes_says_which_choice_lost_least(benchmark, monkeypatch, tmp_path):
    def found(data, seed):
        assert data.y.mean() < 0.2
        regrets = {"noisy accuracy": 0.8, "corrected accuracy, true T": 0.89, "ours": 0.85}
        return {"clean labels": 0.9, "noise": 0.3, "error of T": 0.1, **regrets}

    monkeypatch.setattr(_selection_grid, "one_search", found)
    page = tmp_path / "page.md"
    benchmark.main(["--quick", "--only", "unequal", "--output", str(page)])
    expected = "noisy accuracy 10.00, with the true T 1.00, and least of the others 5.00 (ours)"
    assert expected in page.read_text()
