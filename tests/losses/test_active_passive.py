import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import ActivePassiveLoss, active_passive_loss, mae_loss

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 5, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(5, (30,), generator=GENERATOR)
LOG_P = LOGITS.log_softmax(dim=1)
ROWS = torch.arange(30)


def close(actual, expected):
    torch.testing.assert_close(actual, expected)


def active(part):
    return active_passive_loss(LOGITS, Y, active=part, beta=0, reduction="none")


def passive(part):
    return active_passive_loss(LOGITS, Y, passive=part, alpha=0, reduction="none")


def test_parts_are_their_formulas():
    close(active("nce"), LOG_P[ROWS, Y] / LOG_P.sum(dim=1))
    focal = (1 - LOG_P.exp()).sqrt() * LOG_P
    close(active("nfl"), focal[ROWS, Y] / focal.sum(dim=1))
    close(passive("mae"), 1 - LOG_P[ROWS, Y].exp())
    close(passive("rce"), 4 * (1 - LOG_P[ROWS, Y].exp()))
    close(passive("mae"), mae_loss(LOGITS, Y, reduction="none"))


@pytest.mark.parametrize("part", ["nce", "nfl"])
def test_normalised_losses_sum_to_one_over_the_labels(part):
    total = sum(
        active_passive_loss(LOGITS, torch.full_like(Y, k), part, beta=0, reduction="none")
        for k in range(5)
    )
    close(total, torch.ones_like(total))


def test_parts_are_weighted_and_added():
    close(
        active_passive_loss(LOGITS, Y, "nfl", "mae", 10.0, 0.1, reduction="none"),
        10 * active("nfl") + 0.1 * passive("mae"),
    )


def test_default_is_nce_plus_rce():
    close(active_passive_loss(LOGITS, Y, reduction="none"), active("nce") + passive("rce"))


def test_any_vector_of_losses_can_be_a_part():
    cross_entropy = F.cross_entropy(LOGITS, Y, reduction="none")
    close(active(torch.neg), cross_entropy)
    close(passive(torch.neg), cross_entropy)


def test_criterion_equals_the_function():
    close(ActivePassiveLoss()(LOGITS, Y), active_passive_loss(LOGITS, Y))
    close(
        ActivePassiveLoss("nfl", "mae", 2, 3)(LOGITS, Y),
        active_passive_loss(LOGITS, Y, "nfl", "mae", 2, 3),
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"active": "rce"}, r"active must be one of \('nce', 'nfl'\).*got 'rce'"),
        ({"passive": "nce"}, r"passive must be one of \('rce', 'mae'\).*got 'nce'"),
        ({"alpha": -1}, "alpha must be in"),
        ({"beta": -1}, "beta must be in"),
    ],
)
def test_unknown_parts_and_negative_weights_are_explained(params, message):
    with pytest.raises(ValueError, match=message):
        ActivePassiveLoss(**params)
    with pytest.raises(ValueError, match=message):
        active_passive_loss(LOGITS, Y, **params)
