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

# Numbered as the names in sknoisy/datasets/_cifar_names.py; twenty fine classes a line.
_SUPERCLASSES = """
 4  1 14  8  0  6  7  7 18  3  3 14  9 18  7 11  3  9  7 11
 6 11  5 10  7  6 13 15  3 15  0 11  1 10 12 14 16  9 11  5
 5 19  8  8 15 13 14 17 18 10 16  4 17  4  2  0 17  4 18 17
10  3  2 12 12 16 12  1  9 19  2 10  0  1 16 12  9 13 15 13
16 19  2  4  6 19  5  5  8 19 18  1  2 15  6  0 17  8 14 13
"""
CIFAR100_SUPERCLASSES = tuple(map(int, _SUPERCLASSES.split()))
"""Superclass (0 to 19) of each fine class (0 to 99) of CIFAR-100; both number names by alphabet."""
