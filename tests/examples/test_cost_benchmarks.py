"""The benchmarks of losses and noise run, and say of a bar that is missed that it is."""

import sys
from pathlib import Path

import pytest

from sknoisy.losses import LOSSES

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def folder(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in (
        "_machine",
        "fitted_size",
        "linear_cost",
        "loss_cost",
        "members_cost",
        "noise_cost",
        "sparse_cost",
    ):
        sys.modules.pop(name, None)


def test_the_page_on_losses_has_all_of_them(folder):
    import loss_cost

    page = loss_cost.report({3: 2, 5: 2})
    assert all(f"| {name} | " in page for name in LOSSES)
    assert "- K = 3: `forward` takes" in page


def test_bars_of_the_forward_loss_are_compared_with_what_was_measured(folder):
    import loss_cost

    def verdicts(ratio, forward, product):
        at_small = {"forward": (1.0, ratio)}
        at_large = {"forward": (forward, 9.0)}
        at_large |= {loss_cost.BASELINE: (1.0, 1.0), loss_cost.PRODUCT: (product, 9.0)}
        return ["does not hold" in line for line in loss_cost.verdicts({10: at_small, 9: at_large})]

    assert verdicts(1.5, 3.0, 3.0) == [False, False]
    assert verdicts(1.6, 3.1, 3.0) == [True, True]


def test_corruption_is_compared_with_T_and_timed(folder, monkeypatch):
    import noise_cost

    monkeypatch.setattr(noise_cost, "N_LABELS", 10_000)
    monkeypatch.setattr(noise_cost, "LARGEST_SECONDS", float("inf"))
    assert any("symmetric 0.2 |" in line for line in noise_cost.agreement_table())
    assert list(noise_cost.corruption_table())[-1].endswith("it holds.")
    monkeypatch.setattr(noise_cost, "LARGEST_SECONDS", 0.0)
    monkeypatch.setattr(noise_cost, "LARGEST_DEVIATION", 0.0)
    for table in (noise_cost.corruption_table, noise_cost.agreement_table):
        assert list(table())[-1].endswith("does not hold.")


def test_dilution_is_compared_with_the_smaller_run(folder, monkeypatch):
    import noise_cost

    runs = {"array": (10, 1.0, 700.0), "0": (10, 1.0, 500.0), "100": (1010, 9.0, 651.0)}
    monkeypatch.setattr(noise_cost, "peak_of_a_run", runs.get)
    lines = list(noise_cost.dilution_table())
    assert lines[-3] == "| alpha = 100 | 1010 | 9.0 | 651 | 1.30 |"
    assert "it does not hold. Dilution adds 151 MB" in lines[-1]


def test_a_pickle_above_its_bar_is_named(folder, monkeypatch):
    import fitted_size

    page = fitted_size.report(["NoiseCalibratedClassifier"], 300)
    assert "| `NoiseCalibratedClassifier` |" in page
    assert "| yes |" in page
    monkeypatch.setattr(fitted_size, "ALLOWANCE", 0)
    monkeypatch.setattr(fitted_size, "FACTOR", 0.5)
    assert "| **no** |" in fitted_size.report(["NoiseCalibratedClassifier"], 300)


def test_an_epoch_is_compared_with_a_pass_of_sgd(folder, monkeypatch):
    import sparse_cost

    monkeypatch.setattr(sparse_cost, "seconds", lambda X, y, n: ([0.1, 0.3, 0.2], [0.5, 0.7, 0.9]))
    page = sparse_cost.report(40, 2000, 5, 2)
    assert page.count("| 0.200 | 0.700 | 3.5 | **no** |") == 3
    monkeypatch.undo()
    X, y = sparse_cost.problem(40, 2000, 5, 2)
    assert [len(times) for times in sparse_cost.seconds(X, y, 2)] == [2, 2]


def test_members_are_timed(folder, monkeypatch, capsys):
    import members_cost

    monkeypatch.setattr(members_cost, "N_ROWS", 100)
    monkeypatch.setattr(members_cost, "EPOCHS", 1)
    monkeypatch.setattr(members_cost, "ROUNDS", 1)
    assert members_cost.main() == 0
    assert "| 64 | 64, 64 |" in capsys.readouterr().out


def test_a_linear_fit_is_compared_with_logistic_regression(folder, monkeypatch):
    import linear_cost

    small = (linear_cost.Size("dense", 200, 210), linear_cost.Size("sparse", 200, 2000))
    both = [[(2.0, 0.5)], [(4.1, 0.6)]]
    monkeypatch.setattr(linear_cost, "fits", lambda X, y, clean, n: both)
    assert linear_cost.report(small, 1).count("| 2.0 | 4.1 | 2.05 | **no** | 0.500 | 0.600 |") == 2
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(FOLDER))
    by_sklearn, by_network = linear_cost.fits(*linear_cost.problem(small[1]), 1)
    assert by_sklearn[0][0] > 0
    assert by_network[0][1] > 0.3
