import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import HAlphaLoss, LabelSmoothingLoss, h_alpha_loss, label_smoothing_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
LOG_P = LOGITS.log_softmax(dim=1)
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


def test_no_smoothing_is_cross_entropy():
    torch.testing.assert_close(label_smoothing_loss(LOGITS, Y, 0, reduction="none"), CROSS_ENTROPY)
    torch.testing.assert_close(h_alpha_loss(LOGITS, Y, 0, reduction="none"), CROSS_ENTROPY)


@pytest.mark.parametrize("rate", [-2.0, -0.3, 0.2, 1.0])
def test_smoothing_is_cross_entropy_with_a_mixed_target(rate):
    mixed = (1 - rate) * F.one_hot(Y, 5).double() + rate / 5
    torch.testing.assert_close(
        label_smoothing_loss(LOGITS, Y, rate, reduction="none"), -(mixed * LOG_P).sum(dim=1)
    )


def test_smoothing_agrees_with_torch():
    torch.testing.assert_close(
        label_smoothing_loss(LOGITS, Y, 0.2), F.cross_entropy(LOGITS, Y, label_smoothing=0.2)
    )


@pytest.mark.parametrize("alpha", [0.5, 1.0, 20.0])
def test_h_alpha_is_the_mean_over_diluted_labels(alpha):
    """One clean label and alpha labels that are uniform over all classes."""
    uniform = sum(
        F.cross_entropy(LOGITS, torch.full_like(Y, k), reduction="none") for k in range(5)
    )
    expected = (CROSS_ENTROPY + alpha * uniform / 5) / (1 + alpha)
    torch.testing.assert_close(h_alpha_loss(LOGITS, Y, alpha, reduction="none"), expected)


def test_criteria_equal_the_functions():
    torch.testing.assert_close(
        LabelSmoothingLoss()(LOGITS, Y), label_smoothing_loss(LOGITS, Y, 0.1)
    )
    torch.testing.assert_close(
        LabelSmoothingLoss(-0.5)(LOGITS, Y), label_smoothing_loss(LOGITS, Y, -0.5)
    )
    torch.testing.assert_close(HAlphaLoss()(LOGITS, Y), h_alpha_loss(LOGITS, Y, 1.0))
    torch.testing.assert_close(HAlphaLoss(3)(LOGITS, Y), h_alpha_loss(LOGITS, Y, 3))


@pytest.mark.parametrize("rate", [1.1, float("nan"), float("-inf")])
def test_rate_outside_its_range_is_explained(rate):
    with pytest.raises(ValueError, match="rate must be in"):
        LabelSmoothingLoss(rate)


@pytest.mark.parametrize("alpha", [-0.1, float("nan"), float("inf")])
def test_alpha_outside_its_range_is_explained(alpha):
    with pytest.raises(ValueError, match="alpha must be in"):
        HAlphaLoss(alpha)
