import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import HAlphaLoss, LabelSmoothingLoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


@pytest.mark.parametrize("rate", [-2.0, -0.3, 0, 0.2, 1.0])
def test_smoothing_is_cross_entropy_with_a_mixed_target(rate):
    mixed = (1 - rate) * F.one_hot(Y, 5).double() + rate / 5
    torch.testing.assert_close(
        LabelSmoothingLoss(rate, reduction="none")(LOGITS, Y),
        -(mixed * LOGITS.log_softmax(dim=1)).sum(dim=1),
    )


def test_smoothing_agrees_with_torch():
    for params, rate in (({}, 0.1), ({"rate": 0.3}, 0.3)):
        expected = F.cross_entropy(LOGITS, Y, label_smoothing=rate)
        torch.testing.assert_close(LabelSmoothingLoss(**params)(LOGITS, Y), expected)


@pytest.mark.parametrize("alpha", [0, 0.5, 1.0, 20.0])
def test_h_alpha_is_the_mean_over_diluted_labels(alpha):
    """One clean label and alpha labels that are uniform over all classes."""
    uniform = sum(
        F.cross_entropy(LOGITS, torch.full_like(Y, k), reduction="none") for k in range(5)
    )
    expected = (CROSS_ENTROPY + alpha * uniform / 5) / (1 + alpha)
    torch.testing.assert_close(HAlphaLoss(alpha, reduction="none")(LOGITS, Y), expected)
