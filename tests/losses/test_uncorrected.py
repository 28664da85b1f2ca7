from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import BackwardLoss, CrossEntropy, ForwardLoss, Target
from sknoisy.losses._uncorrected import UncorrectedLoss

T = [[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]]
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(40, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (40,), generator=GENERATOR)


def test_cross_entropy_is_that_of_torch():
    for reduction in ("mean", "sum", "none"):
        expected = F.cross_entropy(LOGITS, Y, reduction=reduction)
        loss = CrossEntropy(reduction)(LOGITS, Y)
        torch.testing.assert_close(loss, expected)
        assert torch.equal(UncorrectedLoss(reduction=reduction)(LOGITS, Y), loss)


def test_squared_error_is_exactly_that_of_the_identity():
    target = Target(Y, matrix=Y.flip(0))
    uncorrected = UncorrectedLoss("squared_error", "none")(LOGITS, target)
    assert torch.equal(ForwardLoss(np.eye(3), "squared_error", "none")(LOGITS, Y), uncorrected)
    stack = ForwardLoss(np.stack([np.eye(3)] * 3), "squared_error", "none")
    assert torch.equal(stack(LOGITS, target), uncorrected)


@pytest.mark.parametrize(
    "make",
    [UncorrectedLoss, partial(ForwardLoss, T), partial(BackwardLoss, T)],
    ids=["uncorrected", "forward", "backward"],
)
@pytest.mark.parametrize(
    ("name", "written_out"),
    [
        ("cross_entropy", torch.neg),
        (
            "squared_error",
            lambda log_p: log_p.exp().square().sum(dim=1, keepdim=True) - 2 * log_p.exp() + 1,
        ),
    ],
)
def test_callable_sees_the_log_probabilities(make, name, written_out):
    by_name = make(base_loss=name, reduction="none")(LOGITS, Y)
    by_callable = make(base_loss=written_out, reduction="none")(LOGITS, Y)
    torch.testing.assert_close(by_callable, by_name)


@pytest.mark.parametrize("base_loss", ["hinge", None, 3])
def test_unknown_base_loss_is_explained(base_loss):
    for criterion in (UncorrectedLoss, lambda base_loss: ForwardLoss(np.eye(2), base_loss)):
        with pytest.raises(ValueError, match="base_loss must be one of"):
            criterion(base_loss)


def test_callable_must_return_one_loss_per_label():
    criterion = UncorrectedLoss(lambda log_proba: log_proba.sum(dim=1))
    with pytest.raises(ValueError, match=r"of shape \(2, 3\); got \(2,\)"):
        criterion(LOGITS[:2], Y[:2])
