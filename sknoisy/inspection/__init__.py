"""Pictures and reports of noisy labels; figures need matplotlib (``sknoisy[plot]``)."""

from ._audit import NoiseAudit
from ._confusion import NoiseCorrectedConfusionMatrixDisplay
from ._label_quality import LabelQualityDisplay
from ._learning_curves import LearningCurvesDisplay
from ._noise_audit import noise_audit
from ._reliability import NoiseCorrectedCalibrationDisplay
from ._transition_matrix import TransitionMatrixDisplay

__all__ = [
    "LabelQualityDisplay",
    "LearningCurvesDisplay",
    "NoiseAudit",
    "NoiseCorrectedCalibrationDisplay",
    "NoiseCorrectedConfusionMatrixDisplay",
    "TransitionMatrixDisplay",
    "noise_audit",
]
