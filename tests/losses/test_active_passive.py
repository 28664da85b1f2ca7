import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import ActivePassiveLoss, MAELoss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
LOG_P = LOGITS.log_softmax(dim=1)
ROWS = torch.arange(30)
close = torch.testing.assert_close


def active(part, y=Y):
    return ActivePassiveLoss(part, beta=0, reduction="none")(LOGITS, y)


def passive(part):
    return ActivePassiveLoss(passive=part, alpha=0, reduction="none")(LOGITS, Y)


def test_parts_are_their_formulas():
    close(active("nce"), LOG_P[ROWS, Y] / LOG_P.sum(dim=1))
    focal = (1 - LOG_P.exp()).sqrt() * LOG_P
    close(active("nfl"), focal[ROWS, Y] / focal.sum(dim=1))
    close(passive("mae"), MAELoss(reduction="none")(LOGITS, Y))
    close(passive("rce"), 4 * (1 - LOG_P[ROWS, Y].exp()))


@pytest.mark.parametrize("part", ["nce", "nfl"])
def test_normalised_losses_sum_to_one_over_the_labels(part):
    total = sum(active(part, torch.full_like(Y, k)) for k in range(5))
    close(total, torch.ones_like(total))


def test_parts_are_weighted_and_added():
    close(
        ActivePassiveLoss("nfl", "mae", 10.0, 0.1, reduction="none")(LOGITS, Y),
        10 * active("nfl") + 0.1 * passive("mae"),
    )


def test_default_is_nce_plus_rce():
    close(ActivePassiveLoss(reduction="none")(LOGITS, Y), active("nce") + passive("rce"))


def test_any_vector_of_losses_can_be_a_part():
    cross_entropy = F.cross_entropy(LOGITS, Y, reduction="none")
    close(active(torch.neg), cross_entropy)
    close(passive(torch.neg), cross_entropy)
