import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import EpsSoftmaxLoss, MAELoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(40, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (40,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)


@pytest.mark.parametrize("m", [0.0, 0.5, 100.0])
def test_cross_entropy_is_taken_of_the_pulled_posterior(m):
    assert (P.argmax(dim=1) == Y).any()
    pulled = (P + m * F.one_hot(P.argmax(dim=1), 5)) / (1 + m)
    torch.testing.assert_close(
        EpsSoftmaxLoss(m, alpha=1, beta=0, reduction="none")(LOGITS, Y),
        F.nll_loss(pulled.log(), Y, reduction="none"),
    )


def test_mean_absolute_error_is_added():
    torch.testing.assert_close(
        EpsSoftmaxLoss(alpha=0, beta=3, reduction="none")(LOGITS, Y),
        3 * MAELoss(reduction="none")(LOGITS, Y),
    )


def test_large_m_keeps_its_digits_in_single_precision():
    criterion = EpsSoftmaxLoss(1e6, 1, 0, reduction="none")
    exact, single = (criterion(h, P.argmax(dim=1)) for h in (LOGITS, LOGITS.float()))
    torch.testing.assert_close(single.double(), exact, rtol=1e-5, atol=0)
