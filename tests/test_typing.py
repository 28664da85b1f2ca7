"""The public names are typed: mypy's strict check passes a user's program, and finds mistakes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Errors inside the package are those of its own check; PyTorch takes half a minute to read.
SETTINGS = """
[mypy]
strict = true
follow_imports = silent

[mypy-torch.*]
follow_imports = skip
"""


PROGRAM, MISTAKES = (ROOT / "tests" / name for name in ("user_program.py", "user_mistakes.py"))


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Lines of mypy's about both files."""
    tmp_path = tmp_path_factory.mktemp("mypy")
    settings = tmp_path / "mypy.ini"
    settings.write_text(SETTINGS)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", settings),
            *("--cache-dir", tmp_path / "cache", PROGRAM, MISTAKES),
        ],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stdout + run.stderr  # Of an error in the files, not of mypy's.
    return run.stdout.splitlines()


@pytest.mark.slow
def test_a_program_of_a_user_passes_the_strict_check(errors):
    assert [line for line in errors if PROGRAM.name in line] == []


@pytest.mark.slow
def test_all_mistakes_of_a_user_are_found_and_nothing_else(errors):
    source = MISTAKES.read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(source, 1) if "# mistake:" in line}
    assert len(mistakes) == 10
    found = re.findall(rf"{MISTAKES.name}:(\d+): error", "\n".join(errors))
    assert set(map(int, found)) == mistakes
