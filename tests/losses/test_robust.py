import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import GCELoss, MAELoss, SymmetricCrossEntropy

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)
P_Y = P[torch.arange(30), Y]
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


def gce(**params):
    return GCELoss(**params, reduction="none")(LOGITS, Y)


def test_mae_is_half_the_l1_distance():
    distance = (P - F.one_hot(Y, 5)).abs().sum(dim=1)
    torch.testing.assert_close(MAELoss("none")(LOGITS, Y), distance / 2)


def test_mae_sums_to_a_constant_over_the_labels():
    """The symmetry behind its robustness."""
    total = sum(MAELoss("none")(LOGITS, torch.full_like(Y, k)) for k in range(5))
    torch.testing.assert_close(total, torch.full_like(total, 4))


def test_gce_is_its_formula():
    torch.testing.assert_close(gce(), (1 - P_Y**0.7) / 0.7)
    torch.testing.assert_close(gce(q=0.3), (1 - P_Y**0.3) / 0.3)


def test_gce_goes_from_cross_entropy_to_mae():
    assert torch.equal(gce(q=0), CROSS_ENTROPY)
    assert torch.equal(gce(q=1), MAELoss("none")(LOGITS, Y))


@pytest.mark.parametrize("q", [1e-4, 1e-8, 1e-12])
def test_gce_tends_to_cross_entropy(q):
    # The next term of the series is q c^2 / 2.
    assert ((gce(q=q) - CROSS_ENTROPY).abs() <= q * CROSS_ENTROPY**2 / 2 + 1e-15).all()


@pytest.mark.parametrize(
    ("params", "alpha", "beta", "log_zero"),
    [({}, 0.1, 1.0, -4.0), ({"alpha": 0.3, "beta": 0.8, "log_zero": -6.0}, 0.3, 0.8, -6.0)],
)
def test_symmetric_is_its_formula(params, alpha, beta, log_zero):
    log_label = torch.where(F.one_hot(Y, 5) == 1, 0.0, log_zero).double()
    reverse = -(P * log_label).sum(dim=1)
    criterion = SymmetricCrossEntropy(**params, reduction="none")
    torch.testing.assert_close(criterion(LOGITS, Y), alpha * CROSS_ENTROPY + beta * reverse)
