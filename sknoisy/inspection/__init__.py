"""Figures and reports of noisy labels; figures need matplotlib (``sknoisy[plot]``)."""

from ._audit_result import NoiseAudit
from ._calibration_display import NoiseCorrectedCalibrationDisplay
from ._confusion_display import NoiseCorrectedConfusionMatrixDisplay
from ._label_budget import label_budget
from ._label_plan import LabelBudget
from ._label_quality_display import LabelQualityDisplay
from ._learning_curves_display import LearningCurvesDisplay
from ._noise_audit import noise_audit
from ._rows_to_verify import RowsToVerify, rows_to_verify
from ._transition_matrix_display import TransitionMatrixDisplay

__all__ = [
    "LabelBudget",
    "LabelQualityDisplay",
    "LearningCurvesDisplay",
    "NoiseAudit",
    "NoiseCorrectedCalibrationDisplay",
    "NoiseCorrectedConfusionMatrixDisplay",
    "RowsToVerify",
    "TransitionMatrixDisplay",
    "label_budget",
    "noise_audit",
    "rows_to_verify",
]
