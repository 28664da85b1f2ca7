"""The noise of the rows as a value."""

import numpy as np
import pytest
import torch

from sknoisy._label_noise import LabelNoise
from sknoisy.losses import BackwardLoss, CrossEntropy, ForwardLoss, Target

T = np.array([[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.3, 0.2, 0.5]])
Y = np.array([0, 1, 2, 1])
LOGITS = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)
ALIKE = LabelNoise.of_all_rows(T, "given")
BY_GROUP = LabelNoise(
    np.stack([T, np.eye(3)[::-1]]), np.array([1, 0, 0, 1]), T, "given", groups=np.array(["a", "b"])
)


@pytest.mark.parametrize("loss", [ForwardLoss, BackwardLoss])
@pytest.mark.parametrize("noise", [ALIKE, BY_GROUP], ids=["one T", "by group"])
def test_rows_with_a_right_label_are_not_corrected_and_the_others_as_before(noise, loss):
    def losses(noise, y=Y):
        which = None if noise.which is None else torch.from_numpy(noise.which)
        target = Target(torch.from_numpy(y), matrix=which)
        return loss(noise.of_criterion, reduction="none")(LOGITS, target)

    trusted = losses(noise.with_clean_rows(np.array([2]), 4))
    plain = CrossEntropy(reduction="none")(LOGITS, torch.from_numpy(Y))
    torch.testing.assert_close(trusted[2], plain[2], rtol=1e-12, atol=1e-12)
    others = [0, 1, 3]
    torch.testing.assert_close(trusted[others], losses(noise)[others], rtol=1e-12, atol=1e-12)


def test_rows_beyond_those_of_the_noise_are_clean():
    extended = BY_GROUP.with_clean_rows(np.array([4, 5]), n_samples=6)
    assert extended.which.tolist() == [1, 0, 0, 1, 2, 2]
    np.testing.assert_array_equal(extended.matrices[2], np.eye(3))
    np.testing.assert_array_equal(extended.matrices[:2], BY_GROUP.matrices)


def test_with_clean_rows_leaves_the_original_alone():
    trusted = BY_GROUP.with_clean_rows(np.array([1]), 4)
    assert trusted.which.tolist() == [1, 2, 0, 1]
    assert BY_GROUP.which.tolist() == [1, 0, 0, 1]
    assert len(BY_GROUP.matrices) == 2
    assert trusted.transition_matrix is T  # What the noisy rows have in common.


def test_columns_are_those_of_the_labels_in_the_matrix_of_the_row():
    np.testing.assert_array_equal(ALIKE.columns(Y), T.T[Y])
    expected = [BY_GROUP.matrices[g][:, y] for g, y in zip(BY_GROUP.which, Y, strict=True)]
    np.testing.assert_array_equal(BY_GROUP.columns(Y), expected)
    trusted = ALIKE.with_clean_rows(np.array([2]), 4)
    np.testing.assert_array_equal(trusted.columns(Y), [T[:, 0], T[:, 1], [0, 0, 1], T[:, 1]])


def test_a_criterion_gets_one_matrix_or_the_stack_that_rows_point_into():
    assert ALIKE.of_criterion is T
    assert BY_GROUP.of_criterion is BY_GROUP.matrices
    assert ALIKE.with_clean_rows(np.array([0]), 4).of_criterion.shape == (2, 3, 3)


def test_attributes_tell_what_there_is_and_no_more():
    assert ALIKE.attributes() == {
        "transition_matrix_": T,
        "transition_matrix_source_": "given",
        "doubts_": (),
        "corrected_": True,
    }
    estimated = ALIKE._replace(source="estimated", estimator="fitted").attributes()
    assert estimated["transition_matrix_source_"] == "estimated"
    assert estimated["transition_matrix_estimator_"] == "fitted"
    by_group = BY_GROUP.attributes()
    assert by_group["transition_matrices_"] is BY_GROUP.matrices
    assert by_group["noise_groups_"].tolist() == ["a", "b"]
    assert "transition_matrix_estimator_" not in by_group
