"""The noise of the rows as one value, and where it comes from."""

from ._resolve import noise_for_classifier, resolve_label_noise
from ._value import LabelNoise

__all__ = ["LabelNoise", "noise_for_classifier", "resolve_label_noise"]
