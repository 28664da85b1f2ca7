"""The command for a GPU, without one: which runs it chooses, and that it goes on."""

import os
import shlex
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
STUDIES = {study.name: study for study in (cifar_n.STUDY, patrini_2017.STUDY, rolnick_2017.STUDY)}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script of bash")


def commands_of(tmp_path, *, does="exit 0", **settings):
    """What the script calls Python with, and its exit status."""
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\n{does}\n')
    python.chmod(0o755)
    script = ROOT / "examples" / "papers" / "gpu.sh"
    environment = {**os.environ, "PYTHON": str(python), "OUT": str(tmp_path), **settings}
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True)
    return [line.split() for line in log.read_text().splitlines()], done


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
