"""An example with several labels has the mean of their losses, or the likelihood of a set."""

import numpy as np
import pytest
import torch
from helpers import T3
from torch import nn

from sknoisy.losses import LOSSES, ForwardLoss, Target

RNG = np.random.default_rng(0)
LOGITS = torch.tensor(RNG.normal(size=(6, 3)))
ALL = torch.tensor(RNG.integers(3, size=(6, 2)))
SHARES = torch.tensor(RNG.dirichlet([1, 1], size=6))
WEIGHT = torch.tensor(RNG.uniform(0.5, 1.5, size=6))
TARGET = Target(ALL[:, 0], WEIGHT, all_labels=ALL, shares=SHARES)
# They normalise over a batch, which holds each example once; or remember examples.
OF_BATCHES = {"sigmoid", "unhinged"}
ONE_LABEL = {"early_learning"}


def made(name, **arguments):
    loss = LOSSES[name]
    T = {"transition_matrix": T3} if loss.needs_transition_matrix else {}
    return loss(**T, **arguments)


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - ONE_LABEL - OF_BATCHES))
def test_soft_labels_are_examples_repeated_with_weights(name):
    repeated = made(name, reduction="none")(LOGITS.repeat_interleave(2, dim=0), ALL.reshape(-1))
    by_hand = (repeated.reshape(6, 2) * SHARES).sum(dim=1) * WEIGHT
    torch.testing.assert_close(made(name, reduction="none")(LOGITS, TARGET), by_hand)
    torch.testing.assert_close(made(name)(LOGITS, TARGET), by_hand.mean())
    held_out = made(name).held_out_losses(LOGITS, TARGET)
    assert held_out.shape == (6,)


@pytest.mark.parametrize("name", ["forward", "gce"])
def test_members_learn_from_soft_labels(name):
    logits = torch.stack([LOGITS, LOGITS.flip(1)], dim=1)
    by_member = [made(name, reduction="none")(logits[:, m], TARGET) for m in range(2)]
    several = made(name, reduction="none")(logits, TARGET)
    torch.testing.assert_close(several, torch.stack(by_member, dim=1))


@pytest.mark.parametrize("name", sorted(ONE_LABEL))
def test_a_loss_that_remembers_a_label_refuses_soft_ones(name):
    with pytest.raises(ValueError, match="not defined for soft labels"):
        made(name)(LOGITS, TARGET._replace(index=torch.arange(6)))


@pytest.mark.parametrize(
    "fields",
    [
        {"shares": None},
        {"shares": SHARES[:, :1]},
        {"all_labels": ALL[:4], "shares": SHARES[:4]},
        {"all_labels": ALL[:, 0], "shares": SHARES[:, 0]},
    ],
)
def test_labels_and_shares_must_fit_each_other(fields):
    with pytest.raises(ValueError, match="all_labels and shares of the target must both have"):
        made("gce")(LOGITS, TARGET._replace(**fields))


def test_labels_are_integers():
    with pytest.raises(TypeError, match="all_labels must hold integer class indices"):
        made("gce")(LOGITS, TARGET._replace(all_labels=ALL.double()))


def test_mixed_gradients_are_those_of_shares():
    logits = LOGITS.clone().requires_grad_()
    made("cross_entropy", reduction="sum")(logits, TARGET._replace(weight=None)).backward()
    shares = torch.zeros(6, 3, dtype=torch.float64).scatter_add_(1, ALL, SHARES)
    torch.testing.assert_close(logits.grad, nn.functional.softmax(LOGITS, dim=1) - shares)


MARKS = torch.tensor([[True, True], [True, False]] * 3)
PAIRS = torch.tensor([[0, 1], [2, 0], [1, 2]] * 2)
SETS = Target(PAIRS[:, 0], all_labels=PAIRS, shares=MARKS)


@pytest.mark.parametrize(("name", "T"), [("cross_entropy", np.eye(3)), ("forward", T3)])
def test_the_loss_of_candidates_is_minus_the_logarithm_of_their_sum(name, T):
    logits = LOGITS.clone().requires_grad_()
    losses = made(name, reduction="none")(logits, SETS)
    noisy = torch.softmax(LOGITS, dim=1) @ torch.as_tensor(T)
    by_hand = -(noisy.gather(1, PAIRS) * MARKS).sum(dim=1).log()
    torch.testing.assert_close(losses.detach(), by_hand)
    torch.testing.assert_close(made(name).held_out_losses(LOGITS, SETS), by_hand)
    losses.sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_candidates_that_T_rules_out_do_not_count():
    T = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]
    logits = torch.tensor([[0.0, 0.0, 500.0]], dtype=torch.float64).requires_grad_()
    target = Target(
        torch.tensor([1]), all_labels=torch.tensor([[1, 0]]), shares=torch.ones(1, 2) > 0
    )
    loss = ForwardLoss(T)(logits, target)
    loss.backward()
    torch.testing.assert_close(loss.item(), 500 - np.log(2.0))
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("name", ["gce", "backward", "label_smoothing"])
def test_other_losses_refuse_candidates(name):
    with pytest.raises(ValueError, match="Boolean shares mark candidates"):
        made(name)(LOGITS, SETS)
    with pytest.raises(ValueError, match="Boolean shares mark candidates"):
        ForwardLoss(T3, base_loss="squared_error")(LOGITS, SETS)
