"""Structures with a name say the same as zeros of T and limits of the noise rate."""

import numpy as np
import pytest

from sknoisy._transition import with_labels
from sknoisy._transition._structure import structure_options

TWO = np.array(["healthy", "sick"])
THREE = np.array(["a", "b", "c"])
COUNTS = np.array([800.0, 200.0])


def zeros_of(structure, classes, counts):
    return with_labels(structure, classes, counts)["zeros"].astype(int).tolist()


def test_positive_and_unlabelled_rows_are_one_sided():
    assert zeros_of("positive_unlabelled", TWO, COUNTS) == [[0, 1], [0, 0]]
    by_label = {"noise": "positive_unlabelled", "positive": "healthy"}
    assert zeros_of(by_label, TWO, COUNTS) == [[0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("share", "rates"), [(0.5, (0.3, 0.3)), ((0.1, 0.5), (0.0, 0.3)), ((0.25, 0.3), (0.05, 0.1))]
)
def test_a_share_of_positives_is_a_noise_rate(share, rates):
    structure = {"noise": "positive_unlabelled", "positive_share": share}
    np.testing.assert_allclose(with_labels(structure, TWO, COUNTS)["noise_rate"], rates)


def test_one_sided_noise_leads_to_one_class():
    assert zeros_of("one_sided", THREE, np.ones(3)) == [[0, 1, 1], [0, 0, 1], [0, 1, 0]]
    structure = {"noise": "one_sided", "negative": np.str_("b")}
    assert zeros_of(structure, THREE, np.ones(3)) == [[0, 0, 1], [1, 0, 1], [1, 0, 0]]


def test_zeros_of_the_user_stay():
    more = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    structure = {"noise": "one_sided", "zeros": more}
    assert zeros_of(structure, THREE, np.ones(3)) == [[0, 1, 1], [1, 0, 1], [0, 1, 0]]


def test_ordinal_confusions_are_near_the_diagonal():
    place = np.arange(5)
    far = np.abs(place[:, None] - place)
    assert zeros_of("ordinal", place, np.ones(5)) == (far > 1).astype(int).tolist()
    wider = {"noise": "ordinal", "distance": 2}
    assert zeros_of(wider, place, np.ones(5)) == (far > 2).astype(int).tolist()
    structure = with_labels(wider, place, np.ones(5))
    assert set(structure) == {"zeros"}


def test_other_structures_stay_what_they_are():
    for structure in (None, "symmetric", {"rank": 2}, {"noise_rate": 0.1}):
        assert with_labels(structure, THREE, np.ones(3)) is structure


def test_what_the_user_passed_is_not_changed():
    structure = {"noise": "positive_unlabelled", "positive": "sick", "positive_share": 0.5}
    with_labels(structure, TWO, COUNTS)
    assert structure == {"noise": "positive_unlabelled", "positive": "sick", "positive_share": 0.5}


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        ({"noise": "positive_unlabelled", "positive_share": 0.1}, "at least that of the rows"),
        ({"noise": "positive_unlabelled", "positive": "ill"}, "'positive' must be one of the cla"),
        ({"noise": "one_sided", "negative": 0}, "'negative' must be one of the classes"),
        ({"noise": "one_sided", "noise_rate": 0.95}, "noise_rate of 0.95 contradicts the labels"),
        ({"noise": "one_sided", "noise_rate": (0.95, 0.99)}, "contradicts the labels"),
        ({"noise": "symmetric", "noise_rate": 0.4}, "spread evenly"),
        ("ordinal", "with 2 classes that rules nothing out"),
    ],
)
def test_a_structure_that_the_labels_contradict_is_refused(structure, message):
    with pytest.raises(ValueError, match=message):
        with_labels(structure, TWO, COUNTS)


def test_chance_is_no_contradiction():
    few = np.array([8.0, 2.0])
    structure = {"noise": "positive_unlabelled", "positive_share": 0.15}
    assert with_labels(structure, TWO, few)["noise_rate"] == (0.0, 0.0)
    with_labels({"noise": "one_sided", "noise_rate": 0.9}, TWO, few)
    with_labels({"noise": "symmetric", "noise_rate": 0.4}, TWO, few)


def test_a_class_that_is_only_named_contradicts_nothing():
    with_labels({"noise": "symmetric", "noise_rate": 0.3}, THREE, np.array([500.0, 500.0, 0.0]))


def test_positive_and_unlabelled_rows_have_two_classes():
    with pytest.raises(ValueError, match="takes two classes; got .'a', 'b', 'c'"):
        with_labels("positive_unlabelled", THREE, np.ones(3))


@pytest.mark.parametrize(
    ("structure", "error", "message"),
    [
        ({"positive": 1}, ValueError, "'positive' serves \"noise\": 'positive_unlabelled' only"),
        ({"noise": "one_sided", "distance": 1}, ValueError, "'distance' serves"),
        ({"noise": "ordinal", "distance": 0}, ValueError, "distance"),
        ({"noise": "ordinal", "distance": 1.5}, TypeError, "distance"),
        ({"noise": "positive_unlabelled", "positive_share": 1.0}, ValueError, "positive_share"),
        ({"noise": "positive_unlabelled", "positive_share": (0.5, 0.4)}, ValueError, "low <= high"),
        (
            {"noise": "positive_unlabelled", "positive_share": 0.5, "noise_rate": 0.1},
            ValueError,
            "say the same",
        ),
        ("positive_unlabeled", ValueError, "noise must be one of .*'positive_unlabelled'"),
    ],
)
def test_keys_that_do_not_fit_are_refused_without_labels(structure, error, message):
    with pytest.raises(error, match=message):
        structure_options(structure)
