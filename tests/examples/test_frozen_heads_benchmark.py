"""The study of heads on frozen features, on the pixels of a few digits."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import _frozen_texts
import frozen_heads
from _experiments import main
from _results import read_rows
from frozen_heads_report import bars, choices, regrets


@pytest.mark.filterwarnings("ignore::UserWarning")  # So few rows.
def test_tiny_study_runs_and_reports(tmp_path, monkeypatch):
    methods = ("cross-entropy", "forward", "kNN", "forward, 10% trusted")
    jobs = [{"labels": "asymmetric 0.4", "method": method} for method in methods]
    study = replace(frozen_heads.STUDY, grid=lambda scale: jobs if scale == "tiny" else [])
    monkeypatch.setitem(frozen_heads.N_TRAIN, "tiny", 300)
    output = tmp_path / "frozen_heads.csv"
    assert main(study, ["--tiny", "--output", str(output)]) == 0
    rows = read_rows(output)
    assert [row["method"] for row in rows] == list(methods)
    assert all(40 < float(row["accuracy"]) < 100 for row in rows)
    assert [bool(row["seen_accuracy"]) for row in rows] == [True, True, False, False]
    assert [bool(row["T_error"]) for row in rows] == [False, True, False, True]
    assert main(study, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "frozen_heads.md").read_text(encoding="utf-8")
    assert "No label set with all losses yet." in page
    assert "- asymmetric 0.4: forward" in page


@pytest.mark.filterwarnings("ignore::UserWarning")  # So few rows.
def test_tiny_texts_are_scored_by_folds(tmp_path, monkeypatch):
    methods = ("cross-entropy", "forward, true T", "forward, 1% trusted")
    jobs = [{"labels": "IMDB asymmetric 0.4", "method": method} for method in methods]
    assert all(job in frozen_heads.grid("tiny") for job in jobs)
    study = replace(frozen_heads.STUDY, grid=lambda scale: jobs if scale == "tiny" else [])
    monkeypatch.setitem(frozen_heads.N_TRAIN, "tiny", 300)
    output = tmp_path / "frozen_heads.csv"
    assert main(study, ["--tiny", "--output", str(output)]) == 0
    rows = read_rows(output)
    assert all(40 < float(row["accuracy"]) < 100 for row in rows)
    assert [row["T_error"] for row in rows][:2] == ["", "0.0"]
    assert [bool(row["seen_accuracy"]) for row in rows] == [True, False, False]
    assert main(study, ["report", "--output", str(output)]) == 0
    page = (tmp_path / "frozen_heads.md").read_text(encoding="utf-8")
    assert "## Accuracy on texts (tiny)" in page


def test_fine_tuning_differs_by_its_epochs_alone():
    T = frozen_heads.true_transition_matrix("asymmetric 0.4")
    methods = ("forward, 10% trusted", "forward, 10% trusted, fine-tuned")
    before, after = (
        frozen_heads.classifier(m, T, T, 0, True, (50, 300)).get_params() for m in methods
    )
    assert (before.pop("fine_tune_epochs"), after.pop("fine_tune_epochs")) == (0, 10)
    assert str(before) == str(after)
    labels = [frozen_heads.trusted_labels(m, np.arange(50), 0)["y_trusted"] for m in methods]
    np.testing.assert_array_equal(*labels)


def test_linear_heads_are_five_linear_models_of_the_given_T():
    T = frozen_heads.true_transition_matrix("asymmetric 0.4")
    head = frozen_heads.classifier("linear, forward", T, None, 0, True, (50, 300))
    assert (head.estimator.get_params()["module__hidden_sizes"], head.n_members) == ((), 5)
    assert head.transition_matrix is T


def test_reviews_are_counted_without_their_padding():
    counts = _frozen_texts._counts(np.array([[0, 0, 3, 3], [0, 1, 2, 3]])).toarray()
    assert counts[:, :4].tolist() == [[0, 0, 0, 2], [0, 1, 1, 1]]
    assert counts.sum() == 5


def test_texts_have_the_noise_of_patrini():
    T = frozen_heads.true_transition_matrix("IMDB asymmetric 0.4")
    np.testing.assert_allclose(T, [[0.95, 0.05], [0.4, 0.6]])
    np.testing.assert_array_equal(frozen_heads.true_transition_matrix("IMDB clean"), np.eye(2))


def row(labels, method, accuracy, seen=""):
    seen = {"seen_accuracy": seen, "seen_balanced": seen, "seen_log_loss": seen and -seen}
    return {
        "labels": labels,
        "method": method,
        "seed": "0",
        "accuracy": str(accuracy),
        **{name: str(value) for name, value in seen.items()},
    }


def five(labels, accuracies, seen):
    methods = ("cross-entropy", "gce", "elr", "forward", "backward")
    return [row(labels, *of) for of in zip(methods, accuracies, seen, strict=True)]


def test_the_regret_is_the_loss_of_the_choice_against_the_best():
    rows = five("worst", (60, 62, 50, 65, 64), (1, 2, 3, 5, 9))
    rows += five("aggre", (70, 72, 71, 73, 60), (5, 6, 7, 9, 4))
    rows += five("rand1", (70, 72, 71, 73, 60), (5, 6, 7, 9, 4))[:-1]  # Not complete.
    assert regrets(rows, "seen_accuracy") == [1.0, 0.0]
    assert regrets(rows, "seen_log_loss") == [1.0, 0.0]
    lines = choices(rows)
    assert lines[0] == "2 label sets and seeds."
    assert "| by seen accuracy | 0.50 | 1.00 |" in lines
    assert "| always cross-entropy | 4.00 | 5.00 |" in lines


@pytest.mark.parametrize("holds", [True, False])
def test_bars_say_whether_they_hold(holds):
    less = 0 if holds else 2
    rows = five("worst", (60, 62, 50, 62 - less, 61), (1, 1, 1, 1 + less, 1))
    rows += [row("worst", "kNN", 55), row("worst", "forward, 1% trusted", 63 - less)]
    rows += five("asymmetric 0.4", (60, 62, 69 + less, 70 - less, 61), (1, 1, 1, 9, 1))
    rows += [row("asymmetric 0.4", "kNN", 55), row("clean", "cross-entropy", 70.5)]
    verdicts = [line.endswith(": holds.") for line in bars(rows)]
    assert verdicts == [holds] * 8


def test_a_bar_waits_for_all_that_it_compares():
    rows = five("worst", (60, 62, 50, 62, 61), (1, 1, 1, 1, 1))
    of_gce = [row for row in rows if row["method"] == "gce"]
    assert any("worst: forward" in line for line in bars(rows))
    assert not any("worst" in line for line in bars([r for r in rows if r not in of_gce]))


def test_bars_compare_the_seeds_that_all_methods_have():
    rows = five("worst", (60, 62, 50, 65, 61), (1, 1, 1, 1, 1))
    rows.append({**row("worst", "forward", 10), "seed": "1"})
    line = next(line for line in bars(rows) if "worst: forward" in line)
    assert "forward +3.00 against" in line
    assert line.endswith("(seeds: 1): holds.")
