"""The framework of the paper experiments: what is written, resumed, chosen and reported."""

import contextlib
import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import _experiments
import _options
import _reports
import _results
from _experiments import main
from toy_study import run_toy, study

TESTS = Path(__file__).parents[1]


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
    second = whole.read_bytes() + b"\n"
    whole.write_bytes(second)
    assert start(whole, "--no-resume") == 0
    assert start(whole, "--no-resume") == 0
    assert whole.with_suffix(".csv.old").read_bytes() == before
    assert whole.with_suffix(".csv.old2").read_bytes() == second
    assert whole.with_suffix(".csv.old3").exists()


def test_runs_in_several_processes_are_written_in_the_same_order(whole, tmp_path):
    path = tmp_path / "parallel.csv"
    assert start(path, "--jobs", "2") == 0
    kept = [[item for item in row if item[0] != "machine"] for row in without_times(path)]
    assert kept == [[item for item in row if item[0] != "machine"] for row in without_times(whole)]


SLOW_STUDY = """
import sys, time
import toy_study
from _experiments import main

def run(settings, seed, context):
    print("started", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    sys.exit(main(toy_study.study(run)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("signals", "status"),
    # As `timeout` does it, which signals the process and then its group.
    [([signal.SIGKILL], -signal.SIGKILL), ([signal.SIGINT] * 2, 130)],
)
def test_workers_end_with_their_parent(tmp_path, signals, status):
    script = tmp_path / "slow.py"
    script.write_text(SLOW_STUDY)
    folders = os.pathsep.join([str(Path(_experiments.__file__).parent), str(TESTS)])
    with subprocess.Popen(
        [sys.executable, str(script), "--jobs", "2", "--output", str(tmp_path / "slow.csv")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([folders, str(TESTS.parent)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert [parent.stdout.readline() for _ in range(2)] == ["started\n"] * 2
        for number in signals:
            parent.send_signal(number)
        # The end of the file comes when the last process that could write to it has ended.
        _, errors = parent.communicate(timeout=20)
        assert parent.returncode == status
        assert "Traceback" not in errors


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="must have the columns"):
        start(path)
    assert path.read_text() == "a,b\n1,2\n"


def test_two_writers_of_one_file_are_refused(whole):
    pytest.importorskip("fcntl")
    toy = study()
    with _results.ResultsFile(whole, toy.columns, toy.key_columns):
        with pytest.raises(SystemExit, match="Another process"):
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


def run_half(settings, seed, context):
    if settings["rate"] == 0.6:
        raise ValueError("T is\nsingular.")
    return run_toy(settings, seed, context)


@pytest.fixture
def half(tmp_path):
    """A file in which two of six runs failed."""
    path = tmp_path / "half.csv"
    assert start(path, run=run_half) == 1
    return path


def test_a_run_that_fails_is_noted_and_the_others_go_on(capsys, half):
    notes = [row["note"] for row in rows_of(half)]
    assert notes == ["", "failed: T is singular.", ""] * 2
    assert "2 runs failed" in capsys.readouterr().err
    assert _reports.cell(rows_of(half)[1:2]) == "failed"
    assert _reports.cell([]) == "not run"


def test_a_run_that_failed_is_tried_again_and_the_last_try_counts(half, whole, capsys):
    before = half.read_bytes()
    assert start(half, run=run_half) == 1
    assert len(rows_of(half)) == 8
    assert start(half) == 0
    done = half.read_bytes()
    assert done.startswith(before)
    assert start(half) == 0
    assert half.read_bytes() == done
    rows = _results.read_rows(half)
    settings = study().key_columns
    assert [[row[name] for name in settings] for row in rows] == [
        [row[name] for name in settings] for row in rows_of(whole)
    ]
    assert not any(row["note"] for row in rows)
    main(study(), ["report", "--output", str(half)])
    assert (half.parent / "toy.md").read_text() == "6 rows\n"


def test_list_tells_failed_runs(half, capsys):
    main(study(), ["list", "--quick", "--seeds", "3", "--output", str(half)])
    marks = [line[:6].strip() for line in capsys.readouterr().out.splitlines()]
    assert marks == ["done", "failed", "done"] * 2 + [""] * 3


def test_merging_takes_runs_that_are_done_for_those_that_failed(half, whole, capsys):
    def merge(*paths):
        files = [str(path) for path in paths[1:]]
        assert main(study(), ["merge", *files, "--seeds", "2", "--output", str(paths[0])]) == 0
        return [row["note"] for row in _results.read_rows(paths[0])]

    target = half.parent / "target.csv"
    assert sum(map(bool, merge(target, half))) == 2
    before = target.read_bytes()
    merge(target, half)
    assert target.read_bytes() == before
    assert merge(target, whole, half) == [""] * 6
    assert "2 rows added" in capsys.readouterr().out


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "meta", "cuda:99", ""])
def test_a_device_that_is_not_there_is_refused_before_anything_is_written(tmp_path, capsys, device):
    path = tmp_path / "x.csv"
    with pytest.raises(SystemExit) as stopped:
        start(path, "--device", device)
    assert stopped.value.code == 2
    assert f"must be cpu, cuda, cuda:N or mps, and one that PyTorch finds here; got {device!r}" in (
        capsys.readouterr().err
    )
    assert not path.exists()
    main(study(), ["list", "--output", str(path), "--device", device])


@pytest.mark.parametrize("there", [True, False])
def test_cuda_is_taken_only_where_pytorch_finds_it(monkeypatch, there):
    monkeypatch.setattr("torch.cuda.is_available", lambda: there)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [_options.has_device(f"cuda{n}") for n in ("", ":1", ":2")] == [there, there, False]
    assert _options.has_device("cpu")


def test_files_that_cannot_be_used_are_named_on_one_line(whole, tmp_path, capsys):
    output = ["--output", str(tmp_path)]
    for arguments in (["merge", "none.csv"], ["merge", str(whole), *output], ["list", *output]):
        with pytest.raises(SystemExit) as stopped:
            main(study(), arguments)
        assert stopped.value.code == 2
    errors = capsys.readouterr().err
    assert "there is no file none.csv" in errors
    assert errors.count(f"--output must be a file; {tmp_path} is a folder") == 2


@pytest.mark.parametrize("command", ["run", "list", "report", "merge"])
def test_a_line_cut_short_in_the_middle_is_named(whole, tmp_path, command):
    lines = whole.read_text().splitlines(keepends=True)
    lines[2] = lines[2][:12] + "\n"
    whole.write_text("".join(lines))
    arguments = ["--output", str(whole)]
    if command == "merge":
        arguments = [str(whole), "--output", str(tmp_path / "target.csv")]
    with pytest.raises(SystemExit, match=r"^Line 3 of .*whole.csv must have 11 fields.*delete it"):
        main(study(), [command, *arguments])
    whole.write_text("".join(lines[:2] + lines[3:]))
    assert start(whole) == 0
    assert len(_results.read_rows(whole)) == 6


def test_the_help_says_what_only_takes(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(study(), ["--help"])
    assert "NAME=VALUE|VALUE" in capsys.readouterr().out


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
    broken = [{**rows[0], "note": "failed: memory"}, *rows[1:]]
    table = _reports.not_run(jobs, broken, ["data"], study().key_columns)
    assert table[2:] == ["| a | 3 | 6 |", "| b | 2 | 3 |"]
    page = "\n".join(_reports.provenance(rows, ["python toy.py"]))
    assert "Seeds: 0, 1; 6 runs" in page
