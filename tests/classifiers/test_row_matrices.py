import numpy as np
import torch

from sknoisy._classifiers._row_matrices import RowMatrices
from sknoisy.losses import BackwardLoss, CrossEntropy, ForwardLoss, Target

T = np.array([[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.5, 0.5, 0.0]])
Y = np.array([0, 1, 2, 1])
LOGITS = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)


def losses(loss, rows, matrices=None):
    stack = rows.matrices if matrices is None else matrices
    target = Target(torch.from_numpy(Y), matrix=torch.from_numpy(rows.which))
    return loss(stack, reduction="none")(LOGITS, target)


def test_rows_with_a_right_label_are_not_corrected():
    rows = RowMatrices.alike(T, 4).with_identity(np.array([2]))
    found = losses(ForwardLoss, rows)
    plain = CrossEntropy(reduction="none")(LOGITS, torch.from_numpy(Y))
    corrected = ForwardLoss(T, reduction="none")(LOGITS, torch.from_numpy(Y))
    torch.testing.assert_close(found[2], plain[2])
    torch.testing.assert_close(found[[0, 1, 3]], corrected[[0, 1, 3]])


def test_uncorrected_stack_gives_the_plain_loss_for_the_same_targets():
    rows = RowMatrices.alike(T, 4).with_identity(np.array([0, 2]))
    plain = CrossEntropy(reduction="none")(LOGITS, torch.from_numpy(Y))
    for loss in (ForwardLoss, BackwardLoss):
        torch.testing.assert_close(losses(loss, rows, rows.uncorrected()), plain)


def test_columns_are_those_of_the_labels():
    rows = RowMatrices.alike(T, 4).with_identity(np.array([2]))
    expected = [T[:, 0], T[:, 1], [0, 0, 1], T[:, 1]]
    np.testing.assert_array_equal(rows.columns(Y), expected)


def test_with_identity_leaves_the_original_alone():
    rows = RowMatrices.alike(T, 4)
    rows.with_identity(np.array([1]))
    assert rows.which.tolist() == [0, 0, 0, 0]
    assert len(rows.matrices) == 1


def test_mean_is_over_rows():
    rows = RowMatrices.alike(T, 4).with_identity(np.array([3]))
    np.testing.assert_allclose(rows.mean(), 0.75 * T + 0.25 * np.eye(3))
    weighted = rows.mean(np.array([0.0, 0.0, 0.0, 2.0]))
    np.testing.assert_allclose(weighted, np.eye(3))


def test_impossible_labels_are_found_in_the_row_s_own_matrix():
    assert RowMatrices.alike(T, 4).impossible(Y).tolist() == [False, False, True, False]
    assert not RowMatrices.alike(T, 4).with_identity(np.array([2])).impossible(Y).any()
