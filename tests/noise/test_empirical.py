import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from sknoisy.noise import (
    corrupt_labels,
    transition_matrix_from_confusion,
    transition_matrix_from_labels,
)


def test_matrix_from_labels_undoes_exact_corruption():
    T = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.1, 0.2, 0.7]])
    y = np.repeat(["x", "y", "z"], 20)
    noisy = corrupt_labels(y, T, exact=True, random_state=0)
    np.testing.assert_allclose(transition_matrix_from_labels(y, noisy), T)


def test_matrix_from_labels_is_that_of_their_confusion_matrix():
    rng = np.random.default_rng(0)
    clean, noisy = rng.integers(0, 4, (2, 200))
    np.testing.assert_allclose(
        transition_matrix_from_labels(clean, noisy, smoothing=0.5),
        transition_matrix_from_confusion(confusion_matrix(clean, noisy), smoothing=0.5),
    )


def test_classes_set_the_order_and_may_be_absent_with_smoothing():
    T = transition_matrix_from_labels(["a", "b"], ["b", "b"], classes=["b", "a", "c"], smoothing=1)
    np.testing.assert_allclose(T, [[2 / 4, 1 / 4, 1 / 4], [2 / 4, 1 / 4, 1 / 4], [1 / 3] * 3])


def test_smoothing_pulls_rows_towards_uniform():
    T = transition_matrix_from_confusion([[10, 0], [0, 10]], smoothing=1e9)
    np.testing.assert_allclose(T, 0.5, atol=1e-8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: transition_matrix_from_labels([0, 1], [0]), "inconsistent numbers of samples"),
        (lambda: transition_matrix_from_labels([], []), "y_clean must hold at least one label"),
        (
            lambda: transition_matrix_from_labels(["x", "x"], ["x", "y"]),
            "The class 'y' has no clean example.* smoothing > 0",
        ),
        (lambda: transition_matrix_from_confusion([[0, 0], [1, 0]]), "Row 0 of confusion has no"),
        (
            lambda: transition_matrix_from_labels([0, 1], [0, 2], classes=[0, 1]),
            "y_noisy holds the label .*2.*, which is not among the classes",
        ),
        (lambda: transition_matrix_from_confusion([[1, 2]]), r"square.* got \(1, 2\)"),
        (lambda: transition_matrix_from_confusion([[1, -2], [0, 1]]), "finite counts >= 0"),
        (
            lambda: transition_matrix_from_confusion(np.eye(2), smoothing=-1),
            r"smoothing must be in \[0, inf\)",
        ),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
