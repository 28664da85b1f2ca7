"""The framework of the paper experiments: what is written, resumed, chosen and reported."""

import contextlib
import csv
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import _experiments
import _reports
import _results
from _experiments import main
from toy_study import run_toy, study


def start(path, *arguments, run=run_toy):
    return main(study(run), ["--quick", "--seeds", "2", "--output", str(path), *arguments])


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def without_times(path):
    """The bytes of a file, apart from the columns of times."""
    rows = rows_of(path)
    for row in rows:
        row["seconds"] = row["finished"] = ""
    return [list(row.items()) for row in rows]


@pytest.fixture(autouse=True)
def quiet_bar(monkeypatch):
    monkeypatch.setattr(_experiments, "progress_bar", _experiments._Lines)


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "whole.csv"
    assert start(path) == 0
    return path


def test_rows_come_seed_by_seed_with_what_they_were_made_on(whole):
    rows = rows_of(whole)
    assert [(r["data"], r["rate"], r["seed"]) for r in rows[:4]] == [
        ("a", "0.2", "0"),
        ("a", "0.6", "0"),
        ("b", "", "0"),
        ("a", "0.2", "1"),
    ]
    assert [r["accuracy"] for r in rows] == ["91"] * 3 + ["92"] * 3
    assert "torch" in rows[0]["versions"]
    assert "CPUs" in rows[0]["machine"]
    assert rows[0]["scale"] == "quick"


def test_interrupted_runs_resume_to_the_same_file(whole, tmp_path, listens_to_ctrl_c):
    path = tmp_path / "interrupted.csv"
    calls = []

    def run_with_ctrl_c(settings, seed, context):
        calls.append(settings)
        outcome = run_toy(settings, seed, context)
        if len(calls) in (2, 4):
            # A classifier keeps what it has learned so far and returns as if nothing had happened.
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            outcome["accuracy"] = 0
        return outcome

    assert start(path, run=run_with_ctrl_c) == 130
    assert len(rows_of(path)) == 1
    assert start(path, run=run_with_ctrl_c) == 130
    assert len(rows_of(path)) == 2
    assert start(path, run=run_with_ctrl_c) == 0
    assert without_times(path) == without_times(whole)
    assert path.read_bytes().count(b"\n") == whole.read_bytes().count(b"\n")
    assert len(calls) == len(rows_of(whole)) + 2


@pytest.mark.parametrize("cut", [1, 10, 120])
def test_a_half_written_last_line_is_done_again(whole, tmp_path, cut):
    path = tmp_path / "cut.csv"
    path.write_bytes(whole.read_bytes()[:-cut])
    assert start(path) == 0
    assert without_times(path) == without_times(whole)


def test_a_half_written_header_is_written_again(whole, tmp_path):
    path = tmp_path / "cut.csv"
    path.write_bytes(whole.read_bytes()[:7])
    assert start(path) == 0
    assert without_times(path) == without_times(whole)


def test_a_finished_file_is_left_alone(whole):
    before = whole.read_bytes()
    assert start(whole) == 0
    assert whole.read_bytes() == before


def test_without_resuming_the_old_file_is_set_aside(whole):
    before = whole.read_bytes()
    assert start(whole, "--no-resume") == 0
    assert whole.with_suffix(".csv.old").read_bytes() == before
    assert len(rows_of(whole)) == 6


def test_runs_in_several_processes_are_written_in_the_same_order(whole, tmp_path):
    path = tmp_path / "parallel.csv"
    assert start(path, "--jobs", "2") == 0
    kept = [[item for item in row if item[0] != "machine"] for row in without_times(path)]
    assert kept == [[item for item in row if item[0] != "machine"] for row in without_times(whole)]


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="must have the columns"):
        start(path)
    assert path.read_text() == "a,b\n1,2\n"


def test_two_writers_of_one_file_are_refused(whole):
    pytest.importorskip("fcntl")
    toy = study()
    with _results.ResultsFile(whole, toy.columns, toy.key_columns):
        with pytest.raises(RuntimeError, match="Another process"):
            start(whole)


def test_disjoint_files_merge_to_all_runs_once(whole, tmp_path):
    parts = [tmp_path / "a.csv", tmp_path / "b.csv"]
    start(parts[0], "--only", "data=a")
    start(parts[1], "--only", "rate=0.6")
    start(parts[1], "--only", "b")
    target = tmp_path / "joined.csv"
    files = [str(path) for path in [parts[1], *parts]]
    assert main(study(), ["merge", *files, "--seeds", "2", "--output", str(target)]) == 0
    assert without_times(target) == without_times(whole)
    assert start(target) == 0
    assert len(rows_of(target)) == 6


def test_conditions_must_name_runs_that_exist(tmp_path):
    with pytest.raises(SystemExit, match="leaves no run; there are"):
        start(tmp_path / "x.csv", "--only", "data=c")
    with pytest.raises(SystemExit, match="names are scale, data"):
        start(tmp_path / "x.csv", "--only", "dta=a")


def test_a_run_that_fails_is_noted_and_the_others_go_on(tmp_path, capsys):
    def run(settings, seed, context):
        if settings["rate"] == 0.6:
            raise ValueError("T is\nsingular.")
        return run_toy(settings, seed, context)

    path = tmp_path / "failed.csv"
    start(path, run=run)
    notes = [row["note"] for row in rows_of(path)]
    assert notes == ["", "failed: T is singular.", ""] * 2
    assert "2 runs failed" in capsys.readouterr().err
    assert _reports.cell(rows_of(path)[1:2]) == "failed"
    assert _reports.cell([]) == "not run"


def test_list_and_report_read_the_file(whole, capsys):
    main(study(), ["list", "--quick", "--seeds", "3", "--output", str(whole)])
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("done") for line in lines) == 6
    assert len(lines) == 9
    with pytest.raises(SystemExit, match="holds no rows"):
        main(study(), ["report", "--output", str(whole.parent / "none.csv")])
    main(study(), ["report", "--output", str(whole)])
    assert (whole.parent / "toy.md").read_text() == "6 rows\n"


def test_tables_say_mean_spread_and_what_was_not_run(whole):
    rows = rows_of(whole)
    assert _reports.cell(_reports.select(rows, data="b")) == "91.5 ± 0.7"
    assert _reports.cell(_reports.select(rows, data="b", seed=0), n_seeds=2) == "91.0 (1 seed)"
    jobs = study().jobs("quick", 3)
    table = _reports.not_run(jobs, rows, ["data"], study().key_columns)
    assert table[2:] == ["| a | 4 | 6 |", "| b | 2 | 3 |"]
    page = "\n".join(_reports.provenance(rows, ["python toy.py"]))
    assert "Seeds: 0, 1; 6 runs" in page
