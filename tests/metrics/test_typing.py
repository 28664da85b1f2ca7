"""What a user's type checker learns of a score."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

PROGRAM = """
from typing import Any
import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type
from sknoisy.calibration import NoiseCalibratedClassifier
from sknoisy.metrics import (
    Score,
    expected_accuracy,
    forward_log_loss,
    noise_corrected_accuracy,
    noise_corrected_confusion_matrix,
    noise_corrected_f1,
)

T, y, p = np.eye(2), np.array([0, 1]), np.eye(2)
assert_type(noise_corrected_accuracy(y, y, T), float)
assert_type(noise_corrected_accuracy(y, y_pred=y, transition_matrix=T, classes=["a", "b"]), float)
assert_type(noise_corrected_accuracy(y, y, T, return_std=True), Score)
assert_type(forward_log_loss(y, p, T, confidence_level=0.9), Score)
assert_type(expected_accuracy(y, y, p, T, sample_weight=None, return_std=True), Score)
assert_type(noise_corrected_confusion_matrix(y, y, T, simplex=False), NDArray[np.float64])
assert_type(noise_corrected_f1(y, y, T, average=None, confidence_level=0.9), Score)
assert_type(noise_corrected_f1(y, y, T, average="weighted"), Any)


def of_either_kind(with_std: bool) -> None:
    assert_type(noise_corrected_accuracy(y, y, T, return_std=with_std), float | Score)


class Calibrated(NoiseCalibratedClassifier):
    pass


assert_type(Calibrated(None).fit(p, y), Calibrated)

noise_corrected_accuracy(y, y)  # E
noise_corrected_accuracy(y, y, T, weights=y)  # E
noise_corrected_f1(y, y, T, average=3)  # E
"""
CONFIGURATION = """
[mypy]
strict = true
follow_imports = silent
[mypy-torch.*,skorch.*,matplotlib.*,pandas.*,PIL.*,polars.*]
follow_imports = skip
"""


@pytest.mark.slow
def test_a_program_that_uses_scores_checks_under_strict_rules(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mypy.ini").write_text(CONFIGURATION)
    options = ["--config-file", tmp_path / "mypy.ini", "--cache-dir", tmp_path / "cache"]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--no-error-summary", tmp_path / "program.py"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    errors = [line.split(": error")[0] for line in result.stdout.splitlines() if ": error" in line]
    lines = PROGRAM.splitlines()
    expected = [k for k, line in enumerate(lines, start=1) if line.endswith("# E")]
    assert [int(error.rsplit(":", 1)[1]) for error in errors] == expected, result.stdout
