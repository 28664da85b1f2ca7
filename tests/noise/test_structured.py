import numpy as np
import pytest

from sknoisy.noise import structured_transition_matrix, symmetric_transition_matrix

RING = np.array([[(i + shift) % 10 for shift in range(1, 10)] for i in range(10)])


@pytest.mark.parametrize("part", ["all", "noisy"])
def test_degree_0_is_uniform_noise(part):
    T = structured_transition_matrix(RING, alpha=20, delta=0, part=part)
    rate = 20 / 21 if part == "all" else 1.0
    np.testing.assert_allclose(T, symmetric_transition_matrix(10, rate, spread="all"))


def test_degree_1_ties_the_first_false_class_with_the_truth():
    T = structured_transition_matrix(RING, alpha=20, delta=1)
    np.testing.assert_allclose(T[np.arange(10), RING[:, 0]], np.diag(T))
    np.testing.assert_allclose(T.sum(axis=1), 1)


def test_rows_follow_the_formula_of_the_paper():
    m, alpha, delta = 10, 15, 0.4
    eps = 1 / (1 + alpha)
    p_c = eps + (1 - eps) / m
    p_bar = (1 - p_c) / (m - 1)
    T = structured_transition_matrix(RING, alpha, delta)
    for rank in range(1, m):
        expected = p_bar + delta * (p_c - p_bar) * (1 - 2 * (rank - 1) / (m - 2))
        np.testing.assert_allclose(T[np.arange(m), RING[:, rank - 1]], expected)


def test_clean_and_noisy_parts_mix_to_the_whole():
    whole = structured_transition_matrix(RING, 12, 0.7)
    noisy = structured_transition_matrix(RING, 12, 0.7, part="noisy")
    np.testing.assert_allclose((np.eye(10) + 12 * noisy) / 13, whole)
    np.testing.assert_allclose(noisy.sum(axis=1), 1)
    assert noisy.min() >= 0


def test_reverse_ranking_mirrors_the_order():
    np.testing.assert_allclose(
        structured_transition_matrix(RING, 20, 0.5, ranking="reverse"),
        structured_transition_matrix(RING[:, ::-1], 20, 0.5),
    )


def test_random_ranking_shuffles_each_row_and_is_reproducible():
    plain, first, second = (
        structured_transition_matrix(RING, 20, 0.5, ranking=ranking, random_state=3)
        for ranking in ("confusion", "random", "random")
    )
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, plain)
    np.testing.assert_allclose(np.sort(first, axis=1), np.sort(plain, axis=1))


def test_with_two_classes_the_degree_changes_nothing():
    np.testing.assert_allclose(
        structured_transition_matrix([[1], [0]], 4, 0.5),
        structured_transition_matrix([[1], [0]], 4, 0),
    )


def test_the_largest_degree_is_accepted_and_leaves_no_negative_entry():
    for alpha in (0.3, 1, 3, 7.7):
        assert structured_transition_matrix(RING, alpha, alpha / 10).min() >= 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((RING, 20, 1.5), r"delta must be in \[0, 1\]"),
        ((RING, 20, -0.1), r"delta must be in \[0, 1\]"),
        ((RING, -1, 0.5), r"alpha must be in \[0, inf\); got -1"),
        ((RING, np.inf, 0.5), r"alpha must be in \[0, inf\); got inf"),
        ((RING, 2, 0.5), r"delta must be at most alpha / n_classes = 0\.2 here"),
        ((RING.T, 20, 0.5), r"shape \(n_classes, n_classes - 1\); got \(9, 10\)"),
        ((np.zeros((3, 2), int), 20, 0.5), "Row 0 of confusion_order"),
        (([[1, 2], [0], [0, 1]], 20, 0.5), "rows of the same length, n_classes - 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        structured_transition_matrix(*arguments)


def test_noisy_part_of_nothing_is_refused():
    with pytest.raises(ValueError, match="alpha must be positive"):
        structured_transition_matrix(RING, 0, 0, part="noisy")
