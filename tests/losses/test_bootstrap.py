import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import BootstrapHardLoss, BootstrapSoftLoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)


@pytest.mark.parametrize(
    ("loss", "prediction", "default"),
    [
        (BootstrapSoftLoss, P, 0.95),
        (BootstrapHardLoss, F.one_hot(P.argmax(1), 5).double(), 0.8),
    ],
)
def test_label_is_mixed_with_the_prediction(loss, prediction, default):
    for params, beta in (({}, default), ({"beta": 0.3}, 0.3), ({"beta": 1}, 1)):
        mixed = beta * F.one_hot(Y, 5).double() + (1 - beta) * prediction
        expected = -(mixed * P.log()).sum(dim=1)
        torch.testing.assert_close(loss(**params, reduction="none")(LOGITS, Y), expected)


def test_soft_gradient_goes_through_the_posterior_too():
    """At beta = 0 it is the entropy, with the entropy's gradient."""
    logits = LOGITS.clone().requires_grad_()
    p = logits.softmax(dim=1)
    (expected,) = torch.autograd.grad(-(p * p.log()).sum(), logits)
    (gradient,) = torch.autograd.grad(BootstrapSoftLoss(0, "sum")(logits, Y), logits)
    torch.testing.assert_close(gradient, expected)
