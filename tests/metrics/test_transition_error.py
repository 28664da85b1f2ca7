"""Errors of an estimated T."""

import numpy as np
import pytest

from sknoisy.metrics import transition_matrix_error
from sknoisy.noise import symmetric_transition_matrix

T = np.array([[0.8, 0.2], [0.4, 0.6]])
ESTIMATE = np.array([[0.9, 0.1], [0.5, 0.5]])


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_the_identity_scores_twice_the_noise_rate(rate):
    error = transition_matrix_error(symmetric_transition_matrix(10, rate), np.eye(10))
    assert error == pytest.approx(2 * rate)


def test_the_truth_has_no_error():
    assert all(transition_matrix_error(T, T, kind=kind) == 0 for kind in ("l1", "max", "relative"))


def test_rows_are_averaged_with_their_weights():
    assert transition_matrix_error(T, ESTIMATE) == pytest.approx(0.2)
    np.testing.assert_allclose(transition_matrix_error(T, np.eye(2), per_row=True), [0.4, 0.8])
    assert transition_matrix_error(T, np.eye(2), class_weight=[3, 1]) == pytest.approx(0.5)
    assert transition_matrix_error(T, np.eye(2), kind="max") == pytest.approx(0.4)
    assert transition_matrix_error(T, np.eye(2), kind="max", class_weight=[1, 0]) == pytest.approx(
        0.2
    )


def test_the_relative_error_compares_with_no_noise():
    assert transition_matrix_error(T, ESTIMATE, kind="relative") == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="error of the identity"):
        transition_matrix_error(np.eye(2), T, kind="relative")


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="kind must be one of"):
        transition_matrix_error(T, T, kind="l2")
    with pytest.raises(ValueError, match="T_estimated must have shape"):
        transition_matrix_error(T, np.eye(3))
    with pytest.raises(ValueError, match=r"class_weight must have shape \(2,\)"):
        transition_matrix_error(T, T, class_weight=[1, 1, 1])
    with pytest.raises(ValueError, match="T_true must have rows"):
        transition_matrix_error(T * 2, T)
