import numpy as np
import torch
from torch.nn import functional as F

from sknoisy.losses import ImportanceReweightingLoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (30,), generator=GENERATOR)
T = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]], dtype=torch.float64)
ROWS = torch.arange(30)
P = LOGITS.softmax(dim=1)
IMPORTANCE = P[ROWS, Y] / (P @ T)[ROWS, Y]


def test_weight_is_the_clean_over_the_noisy_posterior():
    cross_entropy = F.cross_entropy(LOGITS, Y, reduction="none")
    for limit in (100.0, 1.1):
        loss = ImportanceReweightingLoss(T, limit, reduction="none")(LOGITS, Y)
        torch.testing.assert_close(loss, IMPORTANCE.clamp_max(limit) * cross_entropy)
    assert IMPORTANCE.max() > 1.1


def test_weight_is_a_constant_for_the_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = ImportanceReweightingLoss(T, reduction="sum")(logits, Y)
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(gradient, IMPORTANCE.unsqueeze(1) * (P - F.one_hot(Y, 3)))


def test_identity_gives_cross_entropy():
    loss = ImportanceReweightingLoss(np.eye(3))(LOGITS, Y)
    torch.testing.assert_close(loss, F.cross_entropy(LOGITS, Y))


def test_mean_over_the_noise_is_the_clean_risk_where_the_posterior_is_right():
    """The density ratio does its job: exact sums over noisy labels against clean ones."""
    pairs = LOGITS.repeat_interleave(3, dim=0), torch.arange(3).repeat(30)
    losses = ImportanceReweightingLoss(T, reduction="none")(*pairs).reshape(30, 3)
    clean = -(P * P.log()).sum(dim=1)
    torch.testing.assert_close(((P @ T) * losses).sum(dim=1), clean)


def test_weight_is_limited_where_a_label_is_never_true():
    matrix = [[0.0, 1.0], [0.5, 0.5]]
    logits = torch.tensor([[4.0, -4.0]], dtype=torch.float64)
    y = torch.tensor([0])
    cross_entropy = F.cross_entropy(logits, y)
    limited = ImportanceReweightingLoss(matrix, max_weight=7.0)(logits, y)
    torch.testing.assert_close(limited, 7 * cross_entropy)
    assert ImportanceReweightingLoss(matrix, max_weight=1e9)(logits, y) > 1000 * cross_entropy
