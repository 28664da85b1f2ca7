import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import (
    RampLoss,
    SigmoidLoss,
    UnhingedLoss,
    ramp_loss,
    savage_loss,
    sigmoid_loss,
    unhinged_loss,
)

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = 2 * torch.randn(40, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (40,), generator=GENERATOR)
ONE_HOT = F.one_hot(Y, 3)
PHI = {
    unhinged_loss: lambda m: 1 - m,
    sigmoid_loss: lambda m: 1 / (1 + m.exp()),
    ramp_loss: lambda m: ((1 - m) / 2).clamp(0, 1),
    savage_loss: lambda m: 1 / (1 + (2 * m).exp()) ** 2,
}
STANDARDISED = (LOGITS - LOGITS.mean(0)) / (LOGITS.var(0, unbiased=False) + 1e-5).sqrt()
NORMALISED = [(UnhingedLoss, unhinged_loss), (SigmoidLoss, sigmoid_loss), (RampLoss, ramp_loss)]
every_phi = pytest.mark.parametrize(("loss", "phi"), PHI.items(), ids=[f.__name__ for f in PHI])
every_normalised = pytest.mark.parametrize(("criterion", "loss"), NORMALISED)


def close(actual, expected, **kwargs):
    torch.testing.assert_close(actual, expected, **kwargs)


@every_phi
def test_one_vs_rest_averages_phi_over_signed_scores(loss, phi):
    expected = phi((2 * ONE_HOT - 1) * LOGITS).mean(dim=1)
    close(loss(LOGITS, Y, reduction="none"), expected)


@every_phi
def test_one_hot_is_the_published_coding(loss, phi):
    expected = phi(ONE_HOT * LOGITS).mean(dim=1)
    close(loss(LOGITS, Y, coding="one_hot", reduction="none"), expected)


@every_phi
def test_two_opposite_scores_give_the_binary_loss(loss, phi):
    score = LOGITS[:, 0]
    scores = torch.stack([score, -score], dim=1)
    close(loss(scores, torch.zeros_like(Y), reduction="none"), phi(score))
    close(loss(scores, torch.ones_like(Y), reduction="none"), phi(-score))


@pytest.mark.parametrize("loss", [unhinged_loss, sigmoid_loss, ramp_loss])
def test_binary_loss_sums_to_a_constant_over_the_labels(loss):
    """The symmetry behind the robustness of these three; Savage does not have it."""
    scores = torch.stack([LOGITS[:, 0], -LOGITS[:, 0]], dim=1)
    both = [loss(scores, torch.full_like(Y, k), reduction="none") for k in range(2)]
    total = both[0] + both[1]
    close(total, total[0].expand(40))


def test_steepness_multiplies_the_margin():
    close(sigmoid_loss(LOGITS, Y, 3.0), sigmoid_loss(3 * LOGITS, Y))


@every_normalised
def test_batch_normalised_loss_acts_on_standardised_logits(criterion, loss):
    expected = loss(STANDARDISED, Y, reduction="none")
    close(loss(LOGITS, Y, batch_norm=True, reduction="none"), expected)
    close(criterion(reduction="none")(LOGITS, Y), expected)
    close(criterion(batch_norm=False)(LOGITS, Y), loss(LOGITS, Y))


@every_normalised
def test_batch_normalised_loss_ignores_scale_and_offset_of_a_logit(criterion, loss):
    moved = LOGITS * torch.tensor([3.0, 0.5, 10.0]) + torch.tensor([100.0, -5.0, 0.0])
    close(criterion()(moved, Y), criterion()(LOGITS, Y), rtol=1e-3, atol=0)


def test_unhinged_codings_agree_on_standardised_scores():
    """With mean zero the other classes add up to nothing: same gradient but for a factor 2."""
    gradients = []
    for coding in ("one_vs_rest", "one_hot"):
        logits = LOGITS.clone().requires_grad_()
        loss = unhinged_loss(logits, Y, coding=coding, batch_norm=True)
        gradients.append(torch.autograd.grad(loss, logits)[0])
    close(gradients[0], 2 * gradients[1])


@every_normalised
def test_predictions_need_the_output_layer(criterion, loss):
    """An offset of one logit changes its argmax, but neither the loss nor the scores."""
    fitted = criterion()
    fitted(LOGITS + torch.tensor([50.0, 0.0, 0.0]), Y)
    scores = fitted.eval().output_layer(LOGITS + torch.tensor([50.0, 0.0, 0.0]))
    agreement = (scores.argmax(dim=1) == STANDARDISED.argmax(dim=1)).double().mean()
    assert agreement > 0.95


@pytest.mark.parametrize("criterion", [UnhingedLoss, SigmoidLoss, RampLoss])
def test_unknown_coding_is_explained(criterion):
    with pytest.raises(ValueError, match=r"coding must be one of \('one_vs_rest', 'one_hot'\)"):
        criterion(coding="binary")


@pytest.mark.parametrize("beta", [0, -1.0, float("nan")])
def test_steepness_that_is_not_positive_is_explained(beta):
    with pytest.raises(ValueError, match="beta must be"):
        SigmoidLoss(beta)
