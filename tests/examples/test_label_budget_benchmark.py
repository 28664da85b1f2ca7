"""The benchmark of what to buy next, on small data."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import label_budget
from _experiments import main
from _results import read_rows


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    # A fifth of the bootstrap's draws.
    plan = label_budget.label_budget

    def cheap(*arguments, **options):
        return plan(*arguments, **options, n_bootstrap=40)

    monkeypatch.setattr(label_budget, "label_budget", cheap)
    for cached in (label_budget.problem, label_budget.first_plan, label_budget.accuracy):
        cached.cache_clear()


def test_tiny_study_runs_and_reports(tmp_path):
    output = tmp_path / "label_budget.csv"
    assert main(label_budget.STUDY, ["--tiny", "--output", str(output)]) == 0
    assert main(label_budget.STUDY, ["report", "--output", str(output)]) == 0
    (row,) = read_rows(output)
    assert not row["note"]
    accuracies = {name: float(row[name]) for name in ("plan", *label_budget.FIXED, "now")}
    assert min(accuracies.values()) > 0.8
    # A verified label costs two noisy ones, and is worth more than one more at this noise.
    assert (row["n_noisy"], row["n_verified"]) == ("0", "50")
    assert float(row["worth"]) > 3
    assert accuracies["plan"] == accuracies["verified"]
    page = (tmp_path / "label_budget.md").read_text(encoding="utf-8")
    assert "| price 2 |" in page
    assert "cancer, symmetric 0.3, price 2" in page


def test_rows_are_in_random_order_and_the_first_are_verified():
    of = label_budget.problem("cancer", "symmetric 0.3", "tiny", 0, None)
    assert len(of.y) == 200 + 100 + 260
    known = label_budget.trusted_labels(of, 10, 3)
    assert (known[:3] == of.y[:3]).all()
    assert len(known) == 10
