import numpy as np
import pytest

from sknoisy import noise

FINE_NAMES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree
orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum
rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train
trout tulip turtle wardrobe whale willow_tree wolf woman worm
""".split()


@pytest.mark.parametrize("class_map", [noise.MNIST_CLASS_MAP, noise.CIFAR10_CLASS_MAP])
def test_class_maps_of_the_benchmarks_move_the_rate_to_the_mapped_class(class_map):
    T = noise.class_map_transition_matrix(class_map, 0.45, classes=10)
    assert (np.diag(T) < 1).sum() == len(class_map) == 5
    for clean, noisy in class_map.items():
        assert T[clean, noisy] == 0.45
        assert T[clean, clean] == 0.55
    np.testing.assert_allclose(T.sum(axis=1), 1)


def test_constants_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        noise.MNIST_CLASS_MAP[0] = 1


def test_cifar100_superclasses_hold_the_classes_of_that_name():
    assert sorted(FINE_NAMES) == FINE_NAMES
    superclass = dict(zip(FINE_NAMES, noise.CIFAR100_SUPERCLASSES, strict=True))
    assert np.bincount(noise.CIFAR100_SUPERCLASSES).tolist() == [5] * 20
    for number, members in {
        0: "beaver dolphin otter seal whale",
        8: "bear leopard lion tiger wolf",
        14: "baby boy girl man woman",
        15: "crocodile dinosaur lizard snake turtle",
        17: "maple_tree oak_tree palm_tree pine_tree willow_tree",
        18: "bicycle bus motorcycle pickup_truck train",
        19: "lawn_mower rocket streetcar tank tractor",
    }.items():
        assert {superclass[name] for name in members.split()} == {number}


@pytest.mark.data
def test_cifar100_superclasses_are_those_of_the_data(data_home):
    labels = np.load(data_home / "cifar100" / "cifar100n.npz")
    coarse_of = np.array(noise.CIFAR100_SUPERCLASSES)
    np.testing.assert_array_equal(coarse_of[labels["clean_fine"]], labels["clean_coarse"])
