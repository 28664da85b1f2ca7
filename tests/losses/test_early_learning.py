import math

import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import EarlyLearningLoss, Target

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(6, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.tensor([0, 1, 2, 0, 1, 2])
INDEX = torch.tensor([7, 3, 9, 0, 1, 4])
P = LOGITS.softmax(dim=1)
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


@pytest.mark.parametrize("n_samples", [None, 10])
def test_regularisation_uses_the_running_average_at_the_index(n_samples):
    criterion = EarlyLearningLoss(2.0, 0.6, n_samples, reduction="none")
    criterion(LOGITS.flip(0), (Y, None, INDEX))
    torch.testing.assert_close(criterion.belief[INDEX], 0.4 * P.flip(0))
    loss = criterion(LOGITS, (Y, None, INDEX))
    belief = 0.6 * 0.4 * P.flip(0) + 0.4 * P
    torch.testing.assert_close(criterion.belief[INDEX], belief)
    torch.testing.assert_close(loss, CROSS_ENTROPY + 2 * (1 - (P * belief).sum(dim=1)).log())
    assert criterion.belief.shape == (10, 3)
    assert criterion.belief[[2, 5, 6, 8]].eq(0).all()


def test_without_strength_it_is_cross_entropy():
    criterion = EarlyLearningLoss(0.0, reduction="none")
    torch.testing.assert_close(criterion(LOGITS, (Y, None, INDEX)), CROSS_ENTROPY)


def test_belief_is_a_constant_for_the_gradient():
    logits = LOGITS.clone().requires_grad_()
    criterion = EarlyLearningLoss(momentum=0)
    (gradient,) = torch.autograd.grad(criterion(logits, (Y, None, INDEX)), logits)
    p = logits.softmax(dim=1)
    by_hand = F.cross_entropy(logits, Y) + 3 * (1 - (p * P).sum(dim=1)).log().mean()
    (expected,) = torch.autograd.grad(by_hand, logits)
    torch.testing.assert_close(gradient, expected)
    assert not criterion.belief.requires_grad


def test_complete_agreement_stays_finite():
    certain = torch.tensor([[1e4, -1e4]], requires_grad=True)
    criterion = EarlyLearningLoss(1.0, momentum=0)
    loss = criterion(certain, (torch.tensor([0]), None, torch.tensor([0])))
    torch.testing.assert_close(loss, torch.tensor(math.log(1e-4)))
    loss.backward()
    assert certain.grad.isfinite().all()


def test_belief_grows_and_keeps_what_it_held():
    criterion = EarlyLearningLoss()
    criterion(LOGITS[:3], (Y[:3], None, torch.tensor([0, 1, 2])))
    before = criterion.belief.clone()
    criterion(LOGITS[3:], (Y[3:], None, torch.tensor([3, 8, 4])))
    assert torch.equal(criterion.belief[:3], before)
    assert criterion.belief.shape == (9, 3)


def test_evaluation_is_cross_entropy_and_leaves_the_belief_alone():
    criterion = EarlyLearningLoss(reduction="none")
    criterion(LOGITS, (Y, None, INDEX))
    before = criterion.belief.clone()
    criterion.eval()
    for target in (Y, (Y, None, INDEX.flip(0))):
        torch.testing.assert_close(criterion(LOGITS, target), CROSS_ENTROPY)
    assert torch.equal(criterion.belief, before)


@pytest.mark.parametrize("target", [Y, (Y, torch.ones(6)), Target(Y)])
def test_training_without_an_index_is_explained(target):
    with pytest.raises(ValueError, match=r"needs target=\(y, weight, index\)"):
        EarlyLearningLoss()(LOGITS, target)


@pytest.mark.parametrize(
    ("index", "error"),
    [([0, -1], ValueError), ([0, 5], ValueError), ([0.0, 1.0], TypeError)],
    ids=["negative", "too large", "floats"],
)
def test_positions_outside_the_training_set_are_refused(index, error):
    criterion = EarlyLearningLoss(n_samples=5)
    target = (torch.tensor([0, 1]), None, torch.tensor(index))
    with pytest.raises(error, match="index of the target must hold"):
        criterion(torch.zeros(2, 2), target)
    assert criterion.belief.numel() == 0
