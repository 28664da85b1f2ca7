"""The noise of the rows as one value, and where it comes from."""

from ._cache_folder import check_cache
from ._of_classifier import noise_of_classifier
from ._resolve import fit_stage_one, noise_for_classifier, resolve_label_noise
from ._value import LabelNoise

__all__ = [
    "LabelNoise",
    "check_cache",
    "fit_stage_one",
    "noise_for_classifier",
    "noise_of_classifier",
    "resolve_label_noise",
]
