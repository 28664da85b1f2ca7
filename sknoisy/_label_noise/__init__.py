"""The noise of the rows as one value, and where it comes from."""

from ._resolve import fit_stage_one, noise_for_classifier, resolve_label_noise
from ._value import LabelNoise

__all__ = ["LabelNoise", "fit_stage_one", "noise_for_classifier", "resolve_label_noise"]
