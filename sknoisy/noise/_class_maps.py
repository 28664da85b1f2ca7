"""Which classes people and papers confuse in the benchmark data sets.

The two maps are those of Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR
2017, section 5.1.
"""

from __future__ import annotations

from types import MappingProxyType

MNIST_CLASS_MAP = MappingProxyType({2: 7, 3: 8, 7: 1, 5: 6, 6: 5})
"""Digits that look alike: 2 -> 7, 3 -> 8, 7 -> 1, 5 <-> 6."""

CIFAR10_CLASS_MAP = MappingProxyType({9: 1, 2: 0, 4: 7, 3: 5, 5: 3})
"""Truck -> automobile, bird -> airplane, deer -> horse, cat <-> dog."""

_SUPERCLASS_MEMBERS = (
    (4, 30, 55, 72, 95),  # aquatic mammals
    (1, 32, 67, 73, 91),  # fish
    (54, 62, 70, 82, 92),  # flowers
    (9, 10, 16, 28, 61),  # food containers
    (0, 51, 53, 57, 83),  # fruit and vegetables
    (22, 39, 40, 86, 87),  # household electrical devices
    (5, 20, 25, 84, 94),  # household furniture
    (6, 7, 14, 18, 24),  # insects
    (3, 42, 43, 88, 97),  # large carnivores
    (12, 17, 37, 68, 76),  # large man-made outdoor things
    (23, 33, 49, 60, 71),  # large natural outdoor scenes
    (15, 19, 21, 31, 38),  # large omnivores and herbivores
    (34, 63, 64, 66, 75),  # medium-sized mammals
    (26, 45, 77, 79, 99),  # non-insect invertebrates
    (2, 11, 35, 46, 98),  # people
    (27, 29, 44, 78, 93),  # reptiles
    (36, 50, 65, 74, 80),  # small mammals
    (47, 52, 56, 59, 96),  # trees
    (8, 13, 48, 58, 90),  # vehicles 1
    (41, 69, 81, 85, 89),  # vehicles 2
)
_SUPERCLASS_OF = {fine: i for i, members in enumerate(_SUPERCLASS_MEMBERS) for fine in members}

CIFAR100_SUPERCLASSES = tuple(_SUPERCLASS_OF[fine] for fine in range(100))
"""Superclass (0 to 19) of each fine class (0 to 99) of CIFAR-100; both number names by alphabet."""
