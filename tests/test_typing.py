"""The public names are typed: a program that uses them passes mypy's strict check."""

import os
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


@pytest.mark.slow
def test_a_program_of_a_user_passes_the_strict_check(tmp_path):
    settings = tmp_path / "mypy.ini"
    settings.write_text(SETTINGS)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", settings),
            *("--cache-dir", tmp_path / "cache", ROOT / "tests" / "user_program.py"),
        ],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
