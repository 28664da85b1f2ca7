"""Scores and scorers for noisy labels, errors of T, label quality.

Everywhere ``T[i, j] = P(noisy = j | clean = i)``: rows sum to 1. Scores return a number, or a
:class:`Score` with a standard error and an interval if ``return_std`` or ``confidence_level`` asks
for more.
"""

from ._accuracy import noise_corrected_accuracy, noise_corrected_balanced_accuracy
from ._bootstrap_score import bootstrap_noise_corrected_score
from ._calibration_curve import CalibrationCurve, noise_corrected_calibration_curve
from ._class_scores import noise_corrected_f1, noise_corrected_precision, noise_corrected_recall
from ._confusion import noise_corrected_confusion_matrix
from ._coverage import noise_corrected_coverage
from ._label_quality import (
    clean_proba,
    denoise_proba,
    expected_accuracy,
    label_quality,
    most_probable_label,
    rows_to_relabel,
)
from ._noise_floor import LossFloor, noise_floor
from ._noise_model import NoiseModel, fit_noise_model
from ._prediction_powered import prediction_powered_score
from ._prediction_powered_matrix import prediction_powered_transition_matrix
from ._probability import forward_log_loss, noise_corrected_brier_score, noise_corrected_log_loss
from ._ranking import noise_corrected_roc_auc
from ._score import Score
from ._scorer import NoiseCorrectedScorer, make_noise_corrected_scorer
from ._transition_error import transition_matrix_error

__all__ = [
    "CalibrationCurve",
    "LossFloor",
    "NoiseCorrectedScorer",
    "NoiseModel",
    "Score",
    "bootstrap_noise_corrected_score",
    "clean_proba",
    "denoise_proba",
    "expected_accuracy",
    "fit_noise_model",
    "forward_log_loss",
    "label_quality",
    "make_noise_corrected_scorer",
    "most_probable_label",
    "noise_corrected_accuracy",
    "noise_corrected_balanced_accuracy",
    "noise_corrected_brier_score",
    "noise_corrected_calibration_curve",
    "noise_corrected_confusion_matrix",
    "noise_corrected_coverage",
    "noise_corrected_f1",
    "noise_corrected_log_loss",
    "noise_corrected_precision",
    "noise_corrected_recall",
    "noise_corrected_roc_auc",
    "noise_floor",
    "prediction_powered_score",
    "prediction_powered_transition_matrix",
    "rows_to_relabel",
    "transition_matrix_error",
]
