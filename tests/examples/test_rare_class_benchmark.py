"""The benchmark of a rare class runs, and its rows are as it says."""

import sys
from pathlib import Path

import pytest
from sklearn.tree import DecisionTreeClassifier

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def rare_class(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import rare_class

    yield rare_class
    for name in ("_machine", "rare_class"):
        sys.modules.pop(name, None)


def test_one_customer_in_six_leaves(rare_class):
    X, y = rare_class.customers(20_000, seed=0)
    assert X.shape == (20_000, 20)
    assert 0.12 < y.mean() < 0.2


def test_every_method_has_a_row_for_each_noise(rare_class, monkeypatch, capsys):
    small = {"tree": DecisionTreeClassifier(min_samples_leaf=5)}
    monkeypatch.setattr(rare_class, "CLASSIFIERS", small)
    assert rare_class.main(["--rows", "400", "--seeds", "1"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| tree")]
    assert len(rows) == 5 * len(rare_class.NOISES)
    assert all(0 < float(line.split("|")[4]) <= 1 for line in rows)
