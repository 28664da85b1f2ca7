import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import (
    GCELoss,
    MAELoss,
    SymmetricCrossEntropy,
    gce_loss,
    mae_loss,
    symmetric_cross_entropy_loss,
)

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
P = LOGITS.softmax(dim=1)
P_Y = P[torch.arange(30), Y]
CROSS_ENTROPY = F.cross_entropy(LOGITS, Y, reduction="none")


def close(actual, expected, **kwargs):
    torch.testing.assert_close(actual, expected, **kwargs)


def test_mae_is_half_the_l1_distance():
    distance = (P - F.one_hot(Y, 5)).abs().sum(dim=1)
    close(mae_loss(LOGITS, Y, reduction="none"), distance / 2)


def test_mae_sums_to_a_constant_over_the_labels():
    """The symmetry behind its robustness."""
    total = sum(mae_loss(LOGITS, torch.full_like(Y, k), reduction="none") for k in range(5))
    close(total, torch.full_like(total, 4))


@pytest.mark.parametrize("q", [0.3, 0.7])
def test_gce_is_its_formula(q):
    close(gce_loss(LOGITS, Y, q, reduction="none"), (1 - P_Y**q) / q)


def test_gce_at_one_is_mae():
    close(gce_loss(LOGITS, Y, 1.0, reduction="none"), mae_loss(LOGITS, Y, reduction="none"))


def test_gce_at_zero_is_cross_entropy():
    assert torch.equal(gce_loss(LOGITS, Y, 0.0, reduction="none"), CROSS_ENTROPY)


@pytest.mark.parametrize("q", [1e-4, 1e-8, 1e-12])
def test_gce_tends_to_cross_entropy(q):
    # The next term of the series is q c^2 / 2.
    gce = gce_loss(LOGITS, Y, q, reduction="none")
    assert ((gce - CROSS_ENTROPY).abs() <= q * CROSS_ENTROPY**2 / 2 + 1e-15).all()


def test_symmetric_is_its_formula():
    log_label = torch.where(F.one_hot(Y, 5) == 1, 0.0, -6.0).double()
    reverse = -(P * log_label).sum(dim=1)
    close(
        symmetric_cross_entropy_loss(LOGITS, Y, 0.3, 0.8, -6.0, reduction="none"),
        0.3 * CROSS_ENTROPY + 0.8 * reverse,
    )


def test_symmetric_without_reverse_is_cross_entropy():
    loss = symmetric_cross_entropy_loss(LOGITS, Y, alpha=1, beta=0, reduction="none")
    close(loss, CROSS_ENTROPY)


def test_criteria_equal_the_functions():
    close(MAELoss()(LOGITS, Y), mae_loss(LOGITS, Y))
    close(GCELoss()(LOGITS, Y), gce_loss(LOGITS, Y, 0.7))
    close(GCELoss(0.2)(LOGITS, Y), gce_loss(LOGITS, Y, 0.2))
    close(SymmetricCrossEntropy()(LOGITS, Y), symmetric_cross_entropy_loss(LOGITS, Y))
    close(
        SymmetricCrossEntropy(1, 2, -3)(LOGITS, Y),
        symmetric_cross_entropy_loss(LOGITS, Y, 1, 2, -3),
    )


@pytest.mark.parametrize("q", [-0.1, 1.5, float("nan")])
def test_q_outside_its_range_is_explained(q):
    with pytest.raises(ValueError, match=r"q must be in \[0, 1\]"):
        GCELoss(q)
    with pytest.raises(ValueError, match=r"q must be in \[0, 1\]"):
        gce_loss(LOGITS, Y, q)


@pytest.mark.parametrize("params", [{"alpha": -1}, {"beta": -1}, {"log_zero": 1}])
def test_symmetric_parameters_are_checked(params):
    (name,) = params
    with pytest.raises(ValueError, match=f"{name} must be in"):
        SymmetricCrossEntropy(**params)
    with pytest.raises(ValueError, match=f"{name} must be in"):
        symmetric_cross_entropy_loss(LOGITS, Y, **params)
