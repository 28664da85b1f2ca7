import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import EpsSoftmaxLoss, eps_softmax_loss, mae_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(40, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (40,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)


@pytest.mark.parametrize("m", [0.0, 0.5, 100.0])
def test_cross_entropy_is_taken_of_the_pulled_posterior(m):
    assert (P.argmax(dim=1) == Y).any()
    pulled = (P + m * F.one_hot(P.argmax(dim=1), 5)) / (1 + m)
    torch.testing.assert_close(
        eps_softmax_loss(LOGITS, Y, m, alpha=1, beta=0, reduction="none"),
        F.nll_loss(pulled.log(), Y, reduction="none"),
    )


def test_mean_absolute_error_is_added():
    torch.testing.assert_close(
        eps_softmax_loss(LOGITS, Y, alpha=0, beta=3, reduction="none"),
        3 * mae_loss(LOGITS, Y, reduction="none"),
    )


def test_large_m_keeps_its_digits_in_single_precision():
    agreeing = P.argmax(dim=1)
    exact, single = (
        eps_softmax_loss(h, agreeing, 1e6, 1, 0, reduction="none") for h in (LOGITS, LOGITS.float())
    )
    torch.testing.assert_close(single.double(), exact, rtol=1e-5, atol=0)


def test_criterion_equals_the_function():
    torch.testing.assert_close(EpsSoftmaxLoss()(LOGITS, Y), eps_softmax_loss(LOGITS, Y))
    torch.testing.assert_close(
        EpsSoftmaxLoss(10, 1, 2)(LOGITS, Y), eps_softmax_loss(LOGITS, Y, 10, 1, 2)
    )


@pytest.mark.parametrize("name", ["m", "alpha", "beta"])
def test_negative_parameters_are_explained(name):
    with pytest.raises(ValueError, match=f"{name} must be in"):
        EpsSoftmaxLoss(**{name: -1})
    with pytest.raises(ValueError, match=f"{name} must be in"):
        eps_softmax_loss(LOGITS, Y, **{name: -1})
