"""Scores of soft labels: those of rows repeated for each label, but a row counts once."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from helpers import T3

from sknoisy.metrics import (
    forward_log_loss,
    label_quality,
    noise_corrected_accuracy,
    noise_corrected_balanced_accuracy,
    noise_corrected_brier_score,
    noise_corrected_calibration_curve,
    noise_corrected_confusion_matrix,
    noise_corrected_coverage,
    noise_corrected_f1,
    noise_corrected_log_loss,
    noise_corrected_precision,
    noise_corrected_recall,
    noise_corrected_roc_auc,
)
from sknoisy.noise import corrupt_labels

RNG = np.random.default_rng(0)
N = 400
CLEAN = RNG.integers(3, size=N)
PROBA = RNG.dirichlet([1, 1, 1], size=N) * 0.5 + np.eye(3)[CLEAN] * 0.5
PREDICTED = PROBA.argmax(axis=1)
VOTES = np.array([corrupt_labels(CLEAN, T3, random_state=k) for k in range(4)])
Y = np.eye(3)[VOTES].mean(axis=0)
ROWS, LABELS = np.nonzero(Y)
SCORES = [
    (noise_corrected_accuracy, PREDICTED),
    (noise_corrected_balanced_accuracy, PREDICTED),
    (partial(noise_corrected_precision, average=None), PREDICTED),
    (partial(noise_corrected_recall, average="weighted"), PREDICTED),
    (noise_corrected_f1, PREDICTED),
    (partial(noise_corrected_confusion_matrix, simplex=False), PREDICTED),
    (partial(noise_corrected_confusion_matrix, simplex=False, normalize="true"), PREDICTED),
    (partial(noise_corrected_confusion_matrix, simplex=False, normalize="pred"), PREDICTED),
    (noise_corrected_log_loss, PROBA),
    (noise_corrected_brier_score, PROBA),
    (forward_log_loss, PROBA),
    (noise_corrected_coverage, PROBA > 0.2),
]
each_score = pytest.mark.parametrize(("score", "prediction"), SCORES)


@each_score
def test_the_value_is_that_of_repeated_rows(score, prediction):
    repeated = score(LABELS, prediction[ROWS], T3, sample_weight=Y[ROWS, LABELS])
    np.testing.assert_allclose(score(Y, prediction, T3), repeated, atol=1e-12)


@each_score
def test_one_hot_labels_are_scored_as_labels(score, prediction):
    weights = RNG.uniform(size=N)
    settings = {"sample_weight": weights, "return_std": True}
    hard = score(VOTES[0], prediction, T3, **settings)
    soft = score(np.eye(3)[VOTES[0]], prediction, T3, **settings)
    np.testing.assert_allclose(soft.value, hard.value, atol=1e-12)
    np.testing.assert_allclose(soft.std, hard.std, atol=1e-12)


@each_score
def test_the_standard_error_is_that_of_the_jackknife(score, prediction):
    """A row counts once with all of its labels, so that leaving it out leaves all of them out."""
    n = 60
    left = [np.delete(np.arange(n), row) for row in range(n)]
    values = np.array([score(Y[rows], prediction[rows], T3) for rows in left])
    jackknife = np.sqrt((n - 1) * values.var(axis=0))
    std = score(Y[:n], prediction[:n], T3, return_std=True).std
    np.testing.assert_allclose(std, jackknife, rtol=0.12)


def test_ranks_and_bins_of_soft_labels():
    hard, one_hot = VOTES[0], np.eye(3)[VOTES[0]]
    area = partial(noise_corrected_roc_auc, return_std=True, average="weighted")
    np.testing.assert_allclose(area(one_hot, PROBA, T3)[:2], area(hard, PROBA, T3)[:2], atol=1e-12)
    of_votes = np.mean([noise_corrected_roc_auc(votes, PROBA, T3) for votes in VOTES])
    assert noise_corrected_roc_auc(Y, PROBA, T3) == pytest.approx(of_votes, abs=0.01)
    curves = [noise_corrected_calibration_curve(y, PROBA, T3) for y in (one_hot, hard)]
    np.testing.assert_allclose(curves[0].prob_true, curves[1].prob_true, atol=1e-12)
    mean = np.mean([noise_corrected_calibration_curve(v, PROBA, T3).prob_true for v in VOTES], 0)
    np.testing.assert_allclose(noise_corrected_calibration_curve(Y, PROBA, T3).prob_true, mean)


def test_more_votes_make_a_score_surer():
    one = noise_corrected_accuracy(VOTES[0], PREDICTED, T3, return_std=True).std
    four = noise_corrected_accuracy(Y, PREDICTED, T3, return_std=True).std
    assert one / 2.4 < four < one / 1.6


def test_columns_of_a_frame_name_the_classes():
    names = np.array(["a", "b", "c"])
    T = pd.DataFrame(T3, index=names, columns=names)
    frame = pd.DataFrame(Y[:, [1, 2, 0]], columns=["b", "c", "a"])
    expected = noise_corrected_accuracy(Y, PREDICTED, T3)
    assert noise_corrected_accuracy(frame, names[PREDICTED], T) == pytest.approx(expected)
    assert noise_corrected_accuracy(Y, names[PREDICTED], T3, classes=names) == pytest.approx(
        expected
    )


def test_bad_shares_are_named():
    with pytest.raises(ValueError, match="The rows of y_noisy must sum to 1"):
        noise_corrected_accuracy(2 * Y, PREDICTED, T3)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        noise_corrected_accuracy(Y[:-1], PREDICTED, T3)
    with pytest.raises(ValueError, match="y_noisy must be a 1d array"):
        label_quality(Y, PROBA, T3)
