import pytest
import torch

from sknoisy.losses import (
    LOSSES,
    BackwardLoss,
    CrossEntropy,
    EarlyLearningLoss,
    ForwardLoss,
    Target,
)

T = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]]
torch.manual_seed(0)
LOGITS = torch.randn(8, 4, 3, dtype=torch.float64)
LABELS = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
WEIGHT = torch.linspace(0.5, 1.5, 8, dtype=torch.float64)
FOLD = torch.arange(8) % 4


def gradient(criterion, logits, target):
    leaf = logits.clone().requires_grad_()
    criterion(leaf, target).backward()
    return leaf.grad


@pytest.mark.parametrize("criterion", [CrossEntropy(), ForwardLoss(T), BackwardLoss(T)])
def test_each_member_is_trained_as_if_it_were_alone(criterion):
    together = gradient(criterion, LOGITS, Target(LABELS, WEIGHT))
    for member in range(4):
        alone = gradient(criterion, LOGITS[:, member], Target(LABELS, WEIGHT))
        torch.testing.assert_close(together[:, member], alone)


def test_a_member_does_not_learn_from_its_fold_and_as_much_more_from_the_others():
    grad = gradient(ForwardLoss(T), LOGITS, Target(LABELS, WEIGHT, fold=FOLD))
    for member in range(4):
        learnt = FOLD != member
        alone = gradient(ForwardLoss(T), LOGITS[learnt, member], (LABELS[learnt], WEIGHT[learnt]))
        assert not grad[~learnt, member].any()
        torch.testing.assert_close(grad[learnt, member], alone)


def test_rows_without_a_fold_are_learnt_by_all():
    all_learn = gradient(CrossEntropy(), LOGITS, Target(LABELS, fold=torch.full((8,), -1)))
    assert all_learn.abs().sum(dim=2).min() > 0


def test_the_loss_is_the_mean_over_members_and_none_has_their_shape():
    losses = torch.stack([CrossEntropy()(LOGITS[:, m], LABELS) for m in range(4)])
    torch.testing.assert_close(CrossEntropy()(LOGITS, LABELS), losses.mean())
    each = CrossEntropy(reduction="none")(LOGITS, LABELS)
    assert each.shape == (8, 4)
    torch.testing.assert_close(each.mean(), losses.mean())


def test_what_is_remembered_of_a_row_is_remembered_for_each_member():
    index = torch.arange(8)
    together, alone = (EarlyLearningLoss(reduction="none") for _ in range(2))
    for _ in range(2):
        rows = together(LOGITS, (LABELS, None, index))
        by_second = alone(LOGITS[:, 1], (LABELS, None, index))
    torch.testing.assert_close(rows[:, 1], by_second)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"target must have shape \(8,\)"):
        CrossEntropy()(LOGITS, LABELS[:5])


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_left_out_rows_are_judged_by_every_loss(name):
    needs_matrix = LOSSES[name].needs_transition_matrix
    criterion = LOSSES[name](*([T] if needs_matrix else [])).eval()
    losses = criterion.held_out_losses(LOGITS[:, 0], Target(LABELS))
    assert losses.shape == (8,)
    assert losses.isfinite().all()


def test_backward_is_judged_by_the_forward_loss():
    judged = BackwardLoss(T).held_out_losses(LOGITS[:, 0], Target(LABELS))
    torch.testing.assert_close(judged, ForwardLoss(T, reduction="none")(LOGITS[:, 0], LABELS))
