import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import (
    BootstrapHardLoss,
    BootstrapSoftLoss,
    bootstrap_hard_loss,
    bootstrap_soft_loss,
)

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


def cross_entropy_with(targets):
    return -(targets * P.log()).sum(dim=1)


def test_soft_mixes_the_label_with_the_posterior():
    expected = cross_entropy_with(0.9 * F.one_hot(Y, 5).double() + 0.1 * P)
    torch.testing.assert_close(bootstrap_soft_loss(LOGITS, Y, 0.9, reduction="none"), expected)


def test_hard_mixes_the_label_with_the_prediction():
    expected = cross_entropy_with(
        0.9 * F.one_hot(Y, 5).double() + 0.1 * F.one_hot(P.argmax(1), 5).double()
    )
    torch.testing.assert_close(bootstrap_hard_loss(LOGITS, Y, 0.9, reduction="none"), expected)


def test_soft_gradient_goes_through_the_posterior_too():
    """At beta = 0 it is the entropy, with the entropy's gradient."""
    logits = LOGITS.clone().requires_grad_()
    p = logits.softmax(dim=1)
    (expected,) = torch.autograd.grad(-(p * p.log()).sum(), logits)
    (gradient,) = torch.autograd.grad(bootstrap_soft_loss(logits, Y, 0, reduction="sum"), logits)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("loss", [bootstrap_soft_loss, bootstrap_hard_loss])
def test_full_trust_in_the_label_is_cross_entropy(loss):
    torch.testing.assert_close(loss(LOGITS, Y, 1.0, reduction="none"), CROSS_ENTROPY)


@pytest.mark.parametrize(
    ("criterion", "loss", "beta"),
    [(BootstrapSoftLoss, bootstrap_soft_loss, 0.95), (BootstrapHardLoss, bootstrap_hard_loss, 0.8)],
)
def test_criteria_equal_the_functions_with_the_defaults_of_the_paper(criterion, loss, beta):
    torch.testing.assert_close(criterion()(LOGITS, Y), loss(LOGITS, Y, beta))
    torch.testing.assert_close(loss(LOGITS, Y), loss(LOGITS, Y, beta))
    torch.testing.assert_close(criterion(0.3)(LOGITS, Y), loss(LOGITS, Y, 0.3))
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\]"):
        criterion(1.2)
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\]"):
        loss(LOGITS, Y, -0.1)
