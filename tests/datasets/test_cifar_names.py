"""Names of CIFAR's classes are in the order of their numbers."""

from sknoisy.datasets._cifar_names import CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_NAMES
from sknoisy.noise import CIFAR100_SUPERCLASSES


def test_there_is_one_name_per_class():
    assert len(set(CIFAR10_NAMES)) == 10
    assert len(set(CIFAR100_NAMES)) == 100
    assert len(set(CIFAR100_COARSE_NAMES)) == 20


def test_classes_are_in_alphabetical_order():
    assert list(CIFAR10_NAMES) == sorted(CIFAR10_NAMES)
    assert list(CIFAR100_NAMES) == sorted(CIFAR100_NAMES)


def test_fine_names_agree_with_superclasses():
    members = {"beaver": "aquatic_mammals", "worm": "non-insect_invertebrates", "bus": "vehicles_1"}
    for fine, coarse in members.items():
        number = CIFAR100_SUPERCLASSES[CIFAR100_NAMES.index(fine)]
        assert CIFAR100_COARSE_NAMES[number] == coarse
