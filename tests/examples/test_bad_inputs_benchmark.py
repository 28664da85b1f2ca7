"""Every public callable refuses bad arguments; the whole table takes minutes, this is a part."""

import inspect
import sys
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"
EVERY = 25
MODULES = (
    "annotators calibration callbacks datasets inspection losses metrics modules noise".split()
)
# What holds results, or is abstract.
NOT_CALLED = {
    "CalibrationCurve",
    "Criterion",
    "Dilution",
    "InstanceNoise",
    "LossFloor",
    "Members",
    "NoiseAudit",
    "NoiseModel",
    "LabelBudget",
    "RowsToVerify",
    "Score",
    "Target",
}


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    names = ("bad_inputs", "_bad_calls", "_bad_functions", "_bad_values", "_machine")
    yield import_module("bad_inputs")
    for name in names:
        sys.modules.pop(name, None)


def public_callables():
    modules = [import_module("sknoisy"), *(import_module(f"sknoisy.{name}") for name in MODULES)]
    return {
        name
        for module in modules
        for name in getattr(module, "__all__", vars(module))
        if callable(getattr(module, name))
        and getattr(module, name).__module__.startswith("sknoisy")
        and not inspect.ismodule(getattr(module, name))
        and not name.startswith("_")
        and (hasattr(module, "__all__") or getattr(module, name).__module__ == module.__name__)
    }


def test_every_public_callable_takes_part(benchmark):
    assert public_callables() - NOT_CALLED <= {
        case.call.name.split(".")[0] for case in benchmark.all_cases()
    }


def test_there_are_many_cases_of_every_group(benchmark):
    groups = [case.group for case in benchmark.all_cases()]
    assert len(groups) >= 5000
    assert all(groups.count(group) >= 50 for group in set(groups) - {"sknoisy.make_net"})


@pytest.mark.filterwarnings("ignore")
def test_bad_arguments_are_refused_by_name_before_anything_is_trained(benchmark):
    outcomes = [benchmark.run(case) for case in benchmark.all_cases(EVERY)]
    assert [o for o in outcomes if o.verdict != "refused"] == []


@pytest.mark.filterwarnings("ignore")
def test_the_arguments_that_are_called_good_are_not_refused(benchmark):
    by_call = {id(case.call): case for case in benchmark.all_cases()}
    for case in by_call.values():
        good = case.call.good
        if good:
            parameter = next(iter(good))
            case = case._replace(parameter=parameter, what="good", value=good[parameter])
            outcome = benchmark.run(case)
            assert outcome.verdict in ("accepted", "late") or isinstance(
                outcome.error, FileNotFoundError
            ), outcome


def test_the_page_counts_by_verdict(benchmark):
    case = next(benchmark.all_cases())
    outcomes = [
        benchmark.Outcome(case, "refused", ValueError("a"), 0.1),
        benchmark.Outcome(case, "accepted", None, 0.1),
    ]
    page = benchmark.report(outcomes, "command")
    assert f"| {case.group} | 2 | 1 | 1 | 0 | 0 | 0 | 0 |" in page
    assert f"- accepted: {case}" in page


def test_what_is_changed_obscure_unnamed_or_late_is_told_apart(benchmark):
    def verdict(function):
        call = benchmark.Call("f", function, {}, {})
        return benchmark.run(benchmark.Case("g", call, "x", "bad", [1])).verdict

    def changes(x):
        x.append(2)
        raise ValueError("x must be short.")

    def late(x):
        raise benchmark.StageOne

    def unnamed(x):
        raise ValueError("Something is wrong.")

    assert verdict(changes) == "changed"
    assert verdict(late) == "late"
    assert verdict(lambda x: x[7]) == "obscure"
    assert verdict(lambda x: x) == "accepted"
    assert verdict(unnamed) in ("obscure", "unnamed")
