import math

import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import EarlyLearningLoss, Target, early_learning_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(6, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.tensor([0, 1, 2, 0, 1, 2])
BELIEF = torch.randn(6, 3, generator=GENERATOR, dtype=torch.float64).softmax(dim=1)
INDEX = torch.tensor([7, 3, 9, 0, 1, 4])
P = LOGITS.softmax(dim=1)


def test_regularisation_is_its_formula():
    expected = F.cross_entropy(LOGITS, Y, reduction="none") + 2 * (1 - (P * BELIEF).sum(1)).log()
    torch.testing.assert_close(
        early_learning_loss(LOGITS, Y, BELIEF, 2.0, reduction="none"), expected
    )


def test_without_strength_it_is_cross_entropy():
    torch.testing.assert_close(
        early_learning_loss(LOGITS, Y, BELIEF, 0.0), F.cross_entropy(LOGITS, Y)
    )


def test_gradients_agree_with_finite_differences():
    logits = LOGITS.clone().requires_grad_()

    def loss(h):
        return early_learning_loss(h, Y, BELIEF, reduction="none")

    assert torch.autograd.gradcheck(loss, (logits,))
    assert torch.autograd.gradgradcheck(loss, (logits,))


def test_complete_agreement_stays_finite():
    certain = torch.tensor([[1e4, -1e4]], requires_grad=True)
    loss = early_learning_loss(certain, torch.tensor([0]), torch.tensor([[1.0, 0.0]]), 1.0)
    torch.testing.assert_close(loss, torch.tensor(math.log(1e-4)))
    loss.backward()
    assert certain.grad.isfinite().all()


@pytest.mark.parametrize("n_samples", [None, 10])
def test_belief_is_a_running_average_at_the_index(n_samples):
    criterion = EarlyLearningLoss(momentum=0.6, n_samples=n_samples)
    criterion(LOGITS, (Y, None, INDEX))
    torch.testing.assert_close(criterion.belief[INDEX], 0.4 * P)
    second = criterion(LOGITS.flip(0), (Y, None, INDEX))
    expected = 0.6 * 0.4 * P + 0.4 * P.flip(0)
    torch.testing.assert_close(criterion.belief[INDEX], expected)
    torch.testing.assert_close(second, early_learning_loss(LOGITS.flip(0), Y, expected))
    assert criterion.belief.shape == (10, 3)
    assert criterion.belief[[2, 5, 6, 8]].eq(0).all()


def test_belief_grows_and_keeps_what_it_held():
    criterion = EarlyLearningLoss()
    criterion(LOGITS[:3], (Y[:3], None, torch.tensor([0, 1, 2])))
    before = criterion.belief.clone()
    criterion(LOGITS[3:], (Y[3:], None, torch.tensor([3, 8, 4])))
    assert torch.equal(criterion.belief[:3], before)
    assert criterion.belief.shape == (9, 3)


def test_belief_gets_no_gradient():
    criterion = EarlyLearningLoss()
    criterion(LOGITS.clone().requires_grad_(), (Y, None, INDEX)).backward()
    assert not criterion.belief.requires_grad


def test_evaluation_is_cross_entropy_and_leaves_the_belief_alone():
    criterion = EarlyLearningLoss()
    criterion(LOGITS, (Y, None, INDEX))
    before = criterion.belief.clone()
    criterion.eval()
    for target in (Y, (Y, None, INDEX.flip(0))):
        torch.testing.assert_close(criterion(LOGITS, target), F.cross_entropy(LOGITS, Y))
    assert torch.equal(criterion.belief, before)


@pytest.mark.parametrize("target", [Y, (Y, torch.ones(6)), Target(Y)])
def test_training_without_an_index_is_explained(target):
    with pytest.raises(ValueError, match=r"needs target=\(y, sample_weight, index\)"):
        EarlyLearningLoss()(LOGITS, target)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"strength": -1}, "strength must be in"),
        ({"momentum": 1.0}, r"momentum must be in \[0, 1\)"),
        ({"momentum": -0.1}, r"momentum must be in \[0, 1\)"),
        ({"n_samples": 0}, "n_samples must be None or at least 1"),
    ],
)
def test_parameters_out_of_range_are_explained(params, message):
    with pytest.raises(ValueError, match=message):
        EarlyLearningLoss(**params)


def test_belief_of_the_wrong_shape_is_explained():
    with pytest.raises(ValueError, match=r"belief must have the shape of logits, \(6, 3\)"):
        early_learning_loss(LOGITS, Y, BELIEF[:3])
