"""A transition matrix is accepted, and what is not one is refused with the reason."""

import numpy as np
import pytest
import torch
from posteriors import T

from sknoisy._transition import check_transition_matrix


def test_check_returns_a_copy():
    checked = check_transition_matrix(T)
    assert not np.shares_memory(checked, T)
    np.testing.assert_array_equal(checked, T)


def test_tensor_passes_without_a_warning():
    np.testing.assert_array_equal(check_transition_matrix(torch.from_numpy(T)), T)


def test_rounded_matrices_pass_and_wrong_ones_do_not():
    check_transition_matrix(T.astype(np.float32))
    with pytest.raises(ValueError, match="row 0 sums to 1.01"):
        check_transition_matrix([[0.51, 0.5], [0.5, 0.5]])


def test_frame_with_other_labels_is_refused():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(T, index=["a", "b", "x"], columns=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"index of the DataFrame .* \['a', 'b', 'c'\]; got"):
        check_transition_matrix(frame, classes=["a", "b", "c"])


def test_many_labels_do_not_flood_a_message():
    with pytest.raises(ValueError, match=r"\[0, 1, .* 9, \.\.\.\] \(1000 classes\); got \(3, 3\)"):
        check_transition_matrix(np.eye(3), classes=np.arange(1000))
