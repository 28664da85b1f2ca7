from functools import partial

import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import RampLoss, SavageLoss, SigmoidLoss, UnhingedLoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = 2 * torch.randn(40, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (40,), generator=GENERATOR)
ONE_HOT = F.one_hot(Y, 3)
NORMALISED = [UnhingedLoss, SigmoidLoss, RampLoss]
# On the logits as they are.
PLAIN = [partial(loss, batch_norm=False, reduction="none") for loss in NORMALISED]
PHI = {
    PLAIN[0]: lambda m: 1 - m,
    PLAIN[1]: lambda m: 1 / (1 + m.exp()),
    PLAIN[2]: lambda m: ((1 - m) / 2).clamp(0, 1),
    partial(SavageLoss, reduction="none"): lambda m: 1 / (1 + (2 * m).exp()) ** 2,
}
STANDARDISED = (LOGITS - LOGITS.mean(0)) / (LOGITS.var(0, unbiased=False) + 1e-5).sqrt()
every_phi = pytest.mark.parametrize(
    ("loss", "phi"), PHI.items(), ids=[loss.func.__name__ for loss in PHI]
)
close = torch.testing.assert_close


@every_phi
def test_phi_is_averaged_over_the_margins_of_either_coding(loss, phi):
    close(loss()(LOGITS, Y), phi((2 * ONE_HOT - 1) * LOGITS).mean(dim=1))
    close(loss(coding="one_hot")(LOGITS, Y), phi(ONE_HOT * LOGITS).mean(dim=1))


@every_phi
def test_two_opposite_scores_give_the_binary_loss(loss, phi):
    score = LOGITS[:, 0]
    scores = torch.stack([score, -score], dim=1)
    close(loss()(scores, torch.zeros_like(Y)), phi(score))
    close(loss()(scores, torch.ones_like(Y)), phi(-score))


@pytest.mark.parametrize("loss", PLAIN, ids=[loss.func.__name__ for loss in PLAIN])
def test_binary_loss_sums_to_a_constant_over_the_labels(loss):
    """The symmetry behind the robustness of these three; Savage does not have it."""
    scores = torch.stack([LOGITS[:, 0], -LOGITS[:, 0]], dim=1)
    total = sum(loss()(scores, torch.full_like(Y, k)) for k in range(2))
    close(total, total[0].expand(40))


def test_steepness_multiplies_the_margin():
    steep = SigmoidLoss(3.0, batch_norm=False)(LOGITS, Y)
    close(steep, SigmoidLoss(batch_norm=False)(3 * LOGITS, Y))


@pytest.mark.parametrize("loss", NORMALISED)
def test_normalised_loss_acts_on_standardised_logits(loss):
    expected = loss(batch_norm=False)(STANDARDISED, Y)
    close(loss()(LOGITS, Y), expected)
    moved = LOGITS * torch.tensor([3.0, 0.5, 10.0]) + torch.tensor([100.0, -5.0, 0.0])
    close(loss()(moved, Y), expected, rtol=1e-3, atol=0)


def test_unhinged_codings_agree_on_standardised_scores():
    """With mean zero the other classes add up to nothing: same gradient but for a factor 2."""
    gradients = []
    for coding in ("one_vs_rest", "one_hot"):
        logits = LOGITS.clone().requires_grad_()
        gradients.append(torch.autograd.grad(UnhingedLoss(coding)(logits, Y), logits)[0])
    close(gradients[0], 2 * gradients[1])


@pytest.mark.parametrize("loss", NORMALISED)
def test_predictions_need_the_output_layer(loss):
    """An offset of one logit changes its argmax, but neither the loss nor the scores."""
    fitted = loss()
    fitted(LOGITS + torch.tensor([50.0, 0.0, 0.0]), Y)
    scores = fitted.eval().output_layer(LOGITS + torch.tensor([50.0, 0.0, 0.0]))
    agreement = (scores.argmax(dim=1) == STANDARDISED.argmax(dim=1)).double().mean()
    assert agreement > 0.95


def test_published_savage_loss_is_on_the_softmax_of_the_label():
    margins = ONE_HOT * LOGITS.softmax(dim=1)
    expected = (1 / (1 + (2 * margins).exp()) ** 2).mean(dim=1)
    close(SavageLoss("one_hot", softmax=True, reduction="none")(LOGITS, Y), expected)


def test_slope_of_savage_vanishes_on_both_sides():
    """What makes it robust: a far outlier pulls no harder than a far inlier."""
    margins = torch.tensor([-20.0, 0.0, 20.0], dtype=torch.float64, requires_grad=True)
    scores = torch.stack([margins, -margins], dim=1)
    loss = SavageLoss(reduction="sum")(scores, torch.zeros(3, dtype=torch.int64))
    (slope,) = torch.autograd.grad(loss, margins)
    assert slope[1] < -0.1
    assert slope[[0, 2]].abs().max() < 1e-12
