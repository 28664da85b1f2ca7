import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import SavageLoss, savage_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = 2 * torch.randn(40, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (40,), generator=GENERATOR)


def test_published_loss_is_on_the_softmax_of_the_label():
    margins = F.one_hot(Y, 3) * LOGITS.softmax(dim=1)
    expected = (1 / (1 + (2 * margins).exp()) ** 2).mean(dim=1)
    loss = savage_loss(LOGITS, Y, coding="one_hot", softmax=True, reduction="none")
    torch.testing.assert_close(loss, expected)


def test_slope_vanishes_on_both_sides():
    """What makes it robust: a far outlier pulls no harder than a far inlier."""
    margins = torch.tensor([-20.0, 0.0, 20.0], dtype=torch.float64, requires_grad=True)
    scores = torch.stack([margins, -margins], dim=1)
    loss = savage_loss(scores, torch.zeros(3, dtype=torch.int64), reduction="sum")
    (slope,) = torch.autograd.grad(loss, margins)
    assert slope[1] < -0.1
    assert slope[[0, 2]].abs().max() < 1e-12


def test_criterion_equals_the_function():
    torch.testing.assert_close(SavageLoss()(LOGITS, Y), savage_loss(LOGITS, Y))
    torch.testing.assert_close(
        SavageLoss("one_hot", True)(LOGITS, Y),
        savage_loss(LOGITS, Y, coding="one_hot", softmax=True),
    )


def test_unknown_coding_is_explained():
    with pytest.raises(ValueError, match=r"coding must be one of \('one_vs_rest', 'one_hot'\)"):
        SavageLoss("binary")
