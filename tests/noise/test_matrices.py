import numpy as np
import pytest

from sknoisy import noise


@pytest.mark.parametrize("spread", ["others", "all"])
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_symmetric_matrix_treats_all_classes_alike(spread, rate):
    K = 7
    T = noise.symmetric_transition_matrix(K, rate, spread=spread)
    permutation = np.random.default_rng(0).permutation(K)
    np.testing.assert_array_equal(T[np.ix_(permutation, permutation)], T)
    np.testing.assert_allclose(T.sum(axis=1), 1)
    wrong = rate if spread == "others" else rate * (K - 1) / K
    np.testing.assert_allclose(1 - np.diag(T), wrong)


def test_symmetric_noise_over_all_classes_compounds():
    # Keeping a label twice, with 0.8 and with 0.5, keeps it with 0.4; the rest is uniform.
    first = noise.symmetric_transition_matrix(5, 0.2, spread="all")
    second = noise.symmetric_transition_matrix(5, 0.5, spread="all")
    both = noise.symmetric_transition_matrix(5, 0.6, spread="all")
    np.testing.assert_allclose(first @ second, both)


def test_pair_flip_at_full_rate_is_a_cyclic_shift():
    T = noise.pair_flip_transition_matrix(4, 1.0)
    np.testing.assert_array_equal(np.linalg.matrix_power(T.astype(int), 4), np.eye(4))
    np.testing.assert_array_equal(T.argmax(axis=1), [1, 2, 3, 0])


def test_class_map_follows_the_given_order_of_classes():
    by_name = noise.class_map_transition_matrix({"b": "a"}, 0.4, classes=["c", "b", "a"])
    np.testing.assert_allclose(by_name, [[1, 0, 0], [0, 0.6, 0.4], [0, 0, 1]])


@pytest.mark.parametrize("kind", ["circular", "symmetric"])
def test_group_noise_never_leaves_the_group(kind):
    groups = np.array(noise.CIFAR100_SUPERCLASSES)
    T = noise.group_transition_matrix(groups, 0.6, kind=kind)
    assert not T[groups[:, None] != groups].any()
    np.testing.assert_allclose(np.diag(T), 0.4)
    # Circular or even, within equal groups as many labels come to a class as leave it.
    np.testing.assert_allclose(T.sum(axis=0), 1)
    assert ((T > 0).sum(axis=1) == (2 if kind == "circular" else 5)).all()


def test_one_group_of_all_classes_gives_the_plain_matrices():
    one_group = ["all"] * 6
    np.testing.assert_allclose(
        noise.group_transition_matrix(one_group, 0.3, kind="symmetric"),
        noise.symmetric_transition_matrix(6, 0.3),
    )
    np.testing.assert_allclose(
        noise.group_transition_matrix(one_group, 0.3), noise.pair_flip_transition_matrix(6, 0.3)
    )


@pytest.mark.parametrize("kind", ["circular", "symmetric"])
def test_a_class_alone_in_its_group_stays_clean(kind):
    T = noise.group_transition_matrix(["pet", "car", "pet"], 0.25, kind=kind)
    np.testing.assert_array_equal(T, [[0.75, 0, 0.25], [0, 1, 0], [0.25, 0, 0.75]])


@pytest.mark.parametrize("rate", [-0.1, 1.1, 20, np.nan])
@pytest.mark.parametrize(
    "make",
    [
        lambda rate: noise.symmetric_transition_matrix(3, rate),
        lambda rate: noise.pair_flip_transition_matrix(3, rate),
        lambda rate: noise.class_map_transition_matrix({0: 1}, rate, classes=3),
        lambda rate: noise.class_map_transition_matrix({0: 1}, {0: rate}, classes=3),
        lambda rate: noise.group_transition_matrix([0, 0, 1], rate),
    ],
)
def test_rates_outside_0_and_1_are_refused(make, rate):
    with pytest.raises(ValueError, match=r"noise_rate.* in \[0, 1\]; .*: 0\.2, not 20"):
        make(rate)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: noise.symmetric_transition_matrix(1), ValueError, "n_classes must be at least 2"),
        (lambda: noise.symmetric_transition_matrix(2.5), TypeError, "n_classes must be an integer"),
        (lambda: noise.symmetric_transition_matrix(3, "0.2"), TypeError, "must be a number"),
        (lambda: noise.symmetric_transition_matrix(3, spread="al"), ValueError, "spread must be"),
        (lambda: noise.group_transition_matrix([]), ValueError, "group of each class"),
        (lambda: noise.group_transition_matrix([0], kind="ring"), ValueError, "kind must be"),
        (
            lambda: noise.class_map_transition_matrix([(2, 7)], classes=10),
            TypeError,
            r"class_map must be a dict .* such as \{2: 7\}; got list",
        ),
        (
            lambda: noise.class_map_transition_matrix({2: 7}, classes=5),
            ValueError,
            "sends 2 to 7, but 7 is not among the classes",
        ),
        (
            lambda: noise.class_map_transition_matrix({"x": 0}, classes=5),
            ValueError,
            "'x' is not among the classes",
        ),
        (
            lambda: noise.class_map_transition_matrix({1: 1}, classes=5),
            ValueError,
            "sends 1 to itself",
        ),
        (
            lambda: noise.class_map_transition_matrix({0: 1}, {1: 0.2}, classes=5),
            ValueError,
            "keys of class_map",
        ),
        (
            lambda: noise.class_map_transition_matrix({0: 1}, classes=[0, 1, 1]),
            ValueError,
            "classes must be distinct",
        ),
    ],
)
def test_bad_arguments_get_an_error_that_says_what_is_wrong(make, error, message):
    with pytest.raises(error, match=message):
        make()
