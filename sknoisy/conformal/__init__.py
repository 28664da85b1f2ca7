"""Prediction sets that hold the clean label as often as asked, conformalized on noisy labels."""

from ._conformal_classifier import NoiseConformalClassifier

__all__ = ["NoiseConformalClassifier"]
