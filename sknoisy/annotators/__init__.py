"""Several annotators: a transition matrix for each, their consensus, and training on all labels.

``T_a[i, j] = P(label = j | clean = i)`` for annotator a. Labels have shape
(n_samples, n_annotators), with gaps.
"""

from ._classifier import AnnotatorCorrectedClassifier
from ._dawid_skene import DawidSkene
from ._likelihood_score import annotator_log_likelihood

__all__ = ["AnnotatorCorrectedClassifier", "DawidSkene", "annotator_log_likelihood"]
