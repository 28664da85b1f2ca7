"""The report of the training benchmark, from runs that are made up."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import training_speed

    yield training_speed
    for name in ("training_speed", "training_contestants", "training_bars"):
        sys.modules.pop(name)


def test_ratios_are_medians_within_rounds(script, tmp_path):
    pytest.importorskip("matplotlib")
    seconds = {
        "sknoisy": [1.0, 2.0, 9.0],
        "user's class": [2.0, 4.0, 9.0],
        "bare PyTorch": [2.0, 4.0, 9.0],
        "skorch": [4.0, 8.0, 9.0],
    }
    rows = [
        ["table-128", name, number, wall, wall, 3.0, 1.5]
        for name, walls in seconds.items()
        for number, wall in enumerate(walls)
    ]
    rows += [["growth", str(n), k, n / 1e6, 0.0, 0.0, 1.5] for n in (1000, 10_000) for k in (0, 1)]
    args = argparse.Namespace(threads=1, device="cpu", quick=False, note="")
    output = tmp_path / "speed.md"
    script.write_report(rows, output, args)
    page = output.read_text(encoding="utf-8")
    assert "| sknoisy | 2.00 | 2.00 | 3 | 0.50 | 0.50 | 1.00 | 1.00 |" in page
    assert "| skorch | 8.00 | 8.00 | 3 | 2.00 | 2.00 | 4.00 | 4.00 |" in page
    assert "- sknoisy / bare PyTorch: 0.5 (0.5 to 1), at most 0.75: holds." in page
    assert "- user's class / bare PyTorch: 1 (1 to 1), at most 1.05: holds." in page
    assert "- skorch / sknoisy: 4 (1 to 4), at least 1.6: holds." in page
    assert "3 rounds; load average of the machine 1.5 to 1.5." in page
    assert "| 10,000 | 0.010 | 1.00 |" in page
    assert "Slope on logarithmic axes: 1.000" in page
    assert output.with_name("speed_growth.png").is_file()
    assert sorted(map(str, script.read_runs(output.with_suffix(".csv")))) == sorted(map(str, rows))


def test_bars_can_fail_and_belong_to_a_device(script):
    from training_bars import BARS, bar_lines

    runs = {
        name: np.full((2, 4), 2.0) for name in ("sknoisy", "user's class", "bare PyTorch", "skorch")
    }
    runs["sknoisy"] = np.full((2, 4), 2.2)
    assert [line.split(": ")[-1] for line in bar_lines("table-128", runs, "cpu")[2:5]] == [
        "does not hold.",
        "holds.",
        "does not hold.",
    ]
    assert "at least 10" in "".join(bar_lines("table-128", runs, "cuda:0"))
    assert bar_lines("stream", runs, "cpu") == []
    assert BARS.keys() <= {*script.races(True), "import"}


def test_contestants_of_a_race_do_the_same_task(script):
    args = argparse.Namespace(batch=64, epochs=1, device="cpu")
    races = script.races(True)
    X, y = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32), np.arange(300) % 10
    for name in ("digits", "losses", "stream"):
        for contestant in races[name].contestants.values():
            contestant(X, y, args)()
    fast, whole = (
        races["stream"].contestants[n](X, y, args)() for n in ("one pass", "whole matrix")
    )
    np.testing.assert_allclose(fast, whole)
