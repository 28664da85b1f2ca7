"""The benchmark of T with many classes runs, and says of a bar that is missed that it is."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import many_classes

    yield many_classes
    for name in ("_machine", "many_classes"):
        sys.modules.pop(name, None)


def test_every_method_has_a_line_and_few_examples_are_said(benchmark):
    page = list(benchmark.report([(5, 60)], ["auto", "count"]))
    lines = [line.split(" | ")[1:] for line in page if line.startswith("| 5 |")]
    assert [line[1] for line in lines] == ["auto", "count"]
    assert all(float(line[2]) > 0 and 0 < float(line[5]) < 2 for line in lines)
    assert lines[1][-1] == "few examples |"
    assert "The bar" in page[-1]


def test_what_is_refused_is_said_and_a_missed_bar_too(benchmark, monkeypatch):
    costs = {
        "auto": benchmark.Cost(1.0, 11.0, 0.1, 30, ""),
        "likelihood": benchmark.Cost(0.0, 0.0, float("nan"), float("nan"), "refused: at most 100"),
    }
    monkeypatch.setattr(benchmark, "cost", lambda method, *_: costs[method])
    page = list(benchmark.report([(101, 9)], list(costs)))
    assert "| 101 | 9 | likelihood | | | | | | refused: at most 100 |" in page
    assert page[-1].endswith("is 11.00: it does not hold.")
