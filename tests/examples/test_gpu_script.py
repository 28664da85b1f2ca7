"""The command for a GPU, without one: which runs it chooses, and that it goes on."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import cifar_n
import patrini_2017
import rolnick_2017
from _experiments import chosen

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "papers" / "gpu.sh"
STUDIES = {study.name: study for study in (cifar_n.STUDY, patrini_2017.STUDY, rolnick_2017.STUDY)}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script of bash")


def environment_of(tmp_path, does, **settings):
    """The environment of the script with a Python that logs its arguments, then `does`."""
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\n{does}\n')
    python.chmod(0o755)
    return {**os.environ, "PYTHON": str(python), "OUT": str(tmp_path), **settings}


def called(tmp_path):
    """The arguments of each call of Python."""
    log = tmp_path / "log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def commands_of(tmp_path, *arguments, does="exit 0", **settings):
    """What the script calls Python with, and its exit status."""
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        env=environment_of(tmp_path, does, **settings),
        capture_output=True,
        text=True,
    )
    return called(tmp_path), done


def runs_of(command):
    study = STUDIES[Path(command[0]).stem]
    conditions = command[command.index("--only") + 1 :]
    return chosen(study, study.jobs("full"), conditions)


def test_every_step_chooses_runs_and_the_most_telling_come_first(tmp_path):
    commands, done = commands_of(tmp_path)
    assert done.returncode == 0
    assert commands[0][:3] == ["-m", "pytest", "-q"]
    assert commands[1][0].endswith("training_speed.py")
    first, *others = map(runs_of, commands[2:])
    assert {(run["loss"], run["T"]) for run in first} > {
        ("cross_entropy", None),
        ("forward", "true"),
    }
    assert {(run["network"], run["rate"]) for run in first} == {("resnet14", 0.6)}
    assert all(others)
    assert all("cuda" in command for command in commands[1:])


def test_a_try_on_a_cpu_runs_the_tiny_studies(tmp_path):
    commands, done = commands_of(tmp_path, DEVICE="cpu", SCALE="tiny")
    assert done.returncode == 0
    studies = [command for command in commands if "papers" in command[0]]
    assert all("--tiny" in command and "--only" not in command for command in studies)
    assert {Path(command[0]).stem for command in studies} == set(STUDIES)


def test_a_step_whose_time_is_up_is_no_failure_and_a_failure_is_one(tmp_path):
    settings = {"DEVICE": "cpu", "SCALE": "tiny", "LIMIT": "0.05", "LONG": "0.05"}
    slow, done = commands_of(tmp_path, does="exec sleep 5", **settings)
    assert done.returncode == 0
    (tmp_path / "log").unlink()
    broken, done = commands_of(tmp_path, does="exit 3", **settings | {"LIMIT": "5", "LONG": "5"})
    assert done.returncode == 1
    assert "failed with status 3" in done.stderr
    assert len(slow) == len(broken)


def test_steps_hold_all_runs_that_a_cpu_does_not_carry(tmp_path):
    commands, _ = commands_of(tmp_path)
    chosen_runs = {
        (Path(command[0]).stem, STUDIES[Path(command[0]).stem].key(run))
        for command in commands[2:]
        for run in runs_of(command)
    }
    networks = {"lstm", "conv2", "conv4", "conv6", "resnet18", "resnet32", "resnet34", "resnet44"}
    wanted = {
        (name, study.key(run))
        for name, study in STUDIES.items()
        for run in study.jobs("full")
        if run["network"] in networks or (run["network"], run.get("epochs")) == ("resnet14", 120)
    }
    assert wanted <= chosen_runs


def test_arguments_are_answered_with_the_usage(tmp_path):
    for argument in ("-h", "--help"):
        commands, done = commands_of(tmp_path, argument)
        assert (commands, done.returncode, done.stderr) == ([], 0, "")
        assert "SKNOISY_DATA_HOME=DIR bash examples/papers/gpu.sh\n" in done.stdout
        assert "set -u" not in done.stdout
    commands, done = commands_of(tmp_path, "--tiny", "x")
    assert (commands, done.returncode, done.stdout) == ([], 2, "")
    assert "takes no arguments; got: --tiny x" in done.stderr


# What the step runs: it says that it has started, and how it ends. A study answers SIGINT with
# status 130, pytest with 2.
SLOW = """
trap 'echo interrupted; exit 2' INT
trap 'echo terminated; exit 1' TERM
echo started
while :; do sleep 0.05; done
"""
SHORT = {"LIMIT": "5", "LONG": "5"}


def test_ctrl_c_ends_the_step_and_the_script(tmp_path):
    # A terminal of its own, to which Ctrl-C is sent as it is typed.
    # Tests that run in the background ignore SIGINT, and what they start would, too.
    terminal = """
import os, pty, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
"""
    with subprocess.Popen(
        [sys.executable, "-c", terminal, "bash", str(SCRIPT)],
        env=environment_of(tmp_path, SLOW, **SHORT),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as script:
        before = read_until(script.stdout, "started")
        assert before == ["== tests of networks on CUDA", "started"]
        script.stdin.write("\x03")
        script.stdin.flush()
        after = script.stdout.read()
        assert script.wait(10) == 130
    assert "interrupted" in after
    assert after.count("==") == 1
    assert "== stopped; the same command goes on from here" in after
    assert len(called(tmp_path)) == 1


def test_the_end_of_the_script_is_that_of_its_step(tmp_path):
    with subprocess.Popen(
        ["bash", str(SCRIPT)],
        env=environment_of(tmp_path, SLOW, **SHORT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as script:
        read_until(script.stdout, "started")
        script.terminate()
        # The step writes to the same pipe, which ends with the last of both.
        after, _ = script.communicate(timeout=10)
        assert script.returncode == 128 + signal.SIGTERM
    assert "terminated" in after
    assert "== stopped" in after
    assert len(called(tmp_path)) == 1


def test_a_step_is_interrupted_when_its_time_is_up(tmp_path):
    settings = {"DEVICE": "cpu", "SCALE": "tiny", "LIMIT": "0.1", "LONG": "0.1"}
    commands, done = commands_of(tmp_path, does=SLOW, **settings)
    assert done.returncode == 0
    assert done.stdout.count("interrupted") == len(commands)
    assert "stopped" not in done.stderr


def read_until(stream, line):
    """Lines up to this one."""
    lines = []
    while not lines or lines[-1] != line:
        text = stream.readline()
        assert text, lines
        lines.append(text.rstrip())
    return lines
