"""The benchmarks of few verified labels, on small data."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "benchmarks"))

import combined_scores
import frozen_features
import language_model_labels
import numpy as np
import trusted_rows
import verified_rows
from _experiments import main
from _results import read_rows


def run_and_report(study, tmp_path, *arguments):
    output = tmp_path / f"{study.name}.csv"
    assert main(study, ["--tiny", "--output", str(output), *arguments]) == 0
    assert main(study, ["report", "--output", str(output)]) == 0
    page = (tmp_path / f"{study.name}.md").read_text(encoding="utf-8")
    return read_rows(output), page


def test_tiny_study_of_combined_scores_runs_and_reports(tmp_path):
    rows, page = run_and_report(combined_scores.STUDY, tmp_path)
    assert [row["score"] for row in rows] == ["accuracy", "brier_score"]
    for row in rows:
        assert float(row["coverage"]) >= 0.8
        assert float(row["width"]) < 0.95 * float(row["width alone"])
    assert "2 classes, overlap / symmetric 0.2 / T and posteriors | 0." in page


def test_tiny_study_of_verified_rows_runs_and_reports(tmp_path):
    (row,), page = run_and_report(verified_rows.STUDY, tmp_path)
    chosen, doubtful = (
        float(row[f"counted, {choice}"]) for choice in ("rows_to_verify", "doubtful")
    )
    assert chosen < doubtful / 2
    assert "| digits, pair 0.4 | counted | 0." in page


def test_tiny_study_of_language_model_labels_runs_and_reports(tmp_path):
    (row,), page = run_and_report(language_model_labels.STUDY, tmp_path)
    assert float(row["large, sure: true"]) > float(row["small, unsure: true"])
    first, verified = (f"large, sure: error of T{more}" for more in ("", ", verified"))
    assert float(row[verified]) < float(row[first])
    assert float(row["coverage"]) >= 0.8
    assert float(row["width"]) <= 1.03 * float(row["width alone"])
    assert "| small, unsure | 0." in page


@pytest.mark.data
def test_tiny_study_of_trusted_rows_runs_and_reports(tmp_path, data_home):
    (row,), page = run_and_report(trusted_rows.STUDY, tmp_path, "--data-home", str(data_home))
    assert 0.5 < float(row["noisy and trusted rows"]) < 1
    assert "| german, symmetric 0.4 | 0." in page


def brightness(images):
    """In the place of the pretrained network: the mean of each image as its one feature."""
    return [images.mean(axis=(1, 2, 3))[:, None]]


def test_frozen_features_are_those_of_the_enlarged_images_in_order():
    images = np.random.default_rng(0).integers(256, size=(150, 3, 32, 32), dtype=np.uint8)
    found = frozen_features.features_of(brightness, images, size=64)
    expected = (images.astype(float).mean(axis=(1, 2, 3)) - 127) / 128
    np.testing.assert_allclose(found[:, 0], expected, atol=0.01)
    assert np.corrcoef(found[:, 0], expected)[0, 1] > 0.99
