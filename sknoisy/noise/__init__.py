"""Label noise: transition matrices, corruption, dilution, annotators.

Everywhere ``T[i, j] = P(noisy = j | clean = i)``: rows sum to 1. Noise rates are fractions.
"""

from ._annotators import annotator_labels
from ._class_maps import CIFAR10_CLASS_MAP, CIFAR100_SUPERCLASSES, MNIST_CLASS_MAP
from ._corrupted_classifier import CorruptedLabelsClassifier
from ._corruption import corrupt_labels
from ._dilution import Dilution, dilute, dilute_out_of_vocabulary
from ._empirical import transition_matrix_from_confusion, transition_matrix_from_labels
from ._indexed_rows import IndexedRows
from ._instance import InstanceNoise, boundary_noise, part_dependent_noise
from ._matrices import (
    class_map_transition_matrix,
    group_transition_matrix,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)
from ._order import confusion_order
from ._random_matrix import random_transition_matrix
from ._structured import structured_transition_matrix
from ._white_noise import white_noise_like

__all__ = [
    "CIFAR10_CLASS_MAP",
    "CIFAR100_SUPERCLASSES",
    "MNIST_CLASS_MAP",
    "CorruptedLabelsClassifier",
    "Dilution",
    "IndexedRows",
    "InstanceNoise",
    "annotator_labels",
    "boundary_noise",
    "class_map_transition_matrix",
    "confusion_order",
    "corrupt_labels",
    "dilute",
    "dilute_out_of_vocabulary",
    "group_transition_matrix",
    "pair_flip_transition_matrix",
    "part_dependent_noise",
    "random_transition_matrix",
    "structured_transition_matrix",
    "symmetric_transition_matrix",
    "transition_matrix_from_confusion",
    "transition_matrix_from_labels",
    "white_noise_like",
]
