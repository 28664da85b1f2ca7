import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import ImportanceReweightingLoss, importance_reweighting_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (30,), generator=GENERATOR)
T = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]], dtype=torch.float64)
ROWS = torch.arange(30)
P = LOGITS.softmax(dim=1)
IMPORTANCE = P[ROWS, Y] / (P @ T)[ROWS, Y]


def test_weight_is_the_clean_over_the_noisy_posterior():
    expected = IMPORTANCE * F.cross_entropy(LOGITS, Y, reduction="none")
    torch.testing.assert_close(
        importance_reweighting_loss(LOGITS, Y, T, reduction="none"), expected
    )


def test_weight_is_a_constant_for_the_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = importance_reweighting_loss(logits, Y, T, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(gradient, IMPORTANCE.unsqueeze(1) * (P - F.one_hot(Y, 3)))


def test_identity_gives_cross_entropy():
    torch.testing.assert_close(
        importance_reweighting_loss(LOGITS, Y, np.eye(3)), F.cross_entropy(LOGITS, Y)
    )


def test_mean_over_the_noise_is_the_clean_risk_where_the_posterior_is_right():
    """The density ratio does its job: exact sums over noisy labels against clean ones."""
    pairs = LOGITS.repeat_interleave(3, dim=0), torch.arange(3).repeat(30)
    losses = importance_reweighting_loss(*pairs, T, reduction="none").reshape(30, 3)
    clean = -(P * P.log()).sum(dim=1)
    torch.testing.assert_close(((P @ T) * losses).sum(dim=1), clean)


def test_weight_is_limited_where_a_label_is_never_true():
    matrix = [[0.0, 1.0], [0.5, 0.5]]
    logits = torch.tensor([[4.0, -4.0]], dtype=torch.float64)
    y = torch.tensor([0])
    cross_entropy = F.cross_entropy(logits, y)
    torch.testing.assert_close(
        importance_reweighting_loss(logits, y, matrix, max_weight=7.0), 7 * cross_entropy
    )
    assert importance_reweighting_loss(logits, y, matrix, max_weight=1e9) > 1000 * cross_entropy


def test_criterion_equals_the_function():
    for params in ({}, {"max_weight": 1.1}):
        torch.testing.assert_close(
            ImportanceReweightingLoss(T, **params)(LOGITS, Y),
            importance_reweighting_loss(LOGITS, Y, T, **params),
        )


@pytest.mark.parametrize("max_weight", [0, -1, float("nan")])
def test_limit_that_is_not_positive_is_explained(max_weight):
    with pytest.raises(ValueError, match="max_weight must be"):
        ImportanceReweightingLoss(T, max_weight)


def test_wrong_number_of_logits_is_explained():
    with pytest.raises(ValueError, match="logits must have 2 columns"):
        importance_reweighting_loss(LOGITS, Y, np.eye(2))
