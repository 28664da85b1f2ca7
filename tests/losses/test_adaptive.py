"""The adaptive backward loss: cross-entropy without noise, bounded with it, right on average."""

import numpy as np
import pytest
import torch

from sknoisy.losses import BackwardLoss, CrossEntropy, ForwardLoss
from sknoisy.noise import pair_flip_transition_matrix, symmetric_transition_matrix

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = 3 * torch.randn(50, 4, generator=GENERATOR, dtype=torch.float64)
LABELS = torch.randint(4, (50,), generator=GENERATOR)
NOISES = [symmetric_transition_matrix(4, 0.4), pair_flip_transition_matrix(4, 0.45)]


def losses_and_gradient(criterion, logits, labels):
    logits = logits.clone().requires_grad_()
    losses = criterion(logits, labels)
    losses.sum().backward()
    return losses.detach(), logits.grad


def test_without_noise_it_is_cross_entropy():
    adaptive = BackwardLoss(np.eye(4), "adaptive", reduction="none")
    found = losses_and_gradient(adaptive, LOGITS, LABELS)
    expected = losses_and_gradient(CrossEntropy(reduction="none"), LOGITS, LABELS)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("T", NOISES, ids=["symmetric", "pair"])
def test_on_average_over_the_noise_the_clean_posterior_is_its_minimum(T):
    adaptive = BackwardLoss(T, "adaptive", reduction="none")
    clean = torch.softmax(LOGITS, dim=1)
    noisy = clean @ torch.from_numpy(T)
    gradient = sum(
        noisy[:, [j]] * losses_and_gradient(adaptive, LOGITS, torch.full((50,), j))[1]
        for j in range(4)
    )
    torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-12, rtol=0)
    one = torch.full((50,), 0)
    assert losses_and_gradient(adaptive, LOGITS, one)[1].abs().max() > 0.1


@pytest.mark.parametrize("T", NOISES, ids=["symmetric", "pair"])
def test_value_and_derivatives_are_those_of_the_formula(T):
    adaptive = BackwardLoss(T, "adaptive", reduction="none")
    R = torch.from_numpy(np.linalg.inv(T))
    mean_squares = torch.from_numpy(T) @ (R**2).sum(dim=1)
    weight = 1 / (torch.softmax(LOGITS, dim=1) @ mean_squares)
    a = ((1 - weight).sqrt() / 2)[:, None]

    def formula(logits, labels):
        p = torch.softmax(logits, dim=1)
        by_label = (p ** (1 + a)).sum(dim=1, keepdim=True) - (1 + 1 / a) * p**a + 1 / a
        return weight * (R[labels] * by_label).sum(dim=1)

    found = losses_and_gradient(adaptive, LOGITS, LABELS)
    for ours, theirs in zip(found, losses_and_gradient(formula, LOGITS, LABELS), strict=True):
        torch.testing.assert_close(ours, theirs)

    def curvature(loss):
        logits = LOGITS.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(logits, LABELS).sum(), logits, create_graph=True)
        return torch.autograd.grad((gradient * LOGITS).sum(), logits)[0]

    torch.testing.assert_close(curvature(adaptive), curvature(formula))


def least(base_loss, T):
    """The loss of a network that is ever surer of noisy labels that the surest row contradicts."""
    criterion = BackwardLoss(T, base_loss, reduction="none")
    sure = torch.eye(4, dtype=torch.float64)[[0, 1, 2, 3]] * 1000
    by_label = torch.stack([criterion(sure, torch.full((4,), j)) for j in range(4)])
    return float(by_label.min())


@pytest.mark.parametrize("T", NOISES, ids=["symmetric", "pair"])
def test_it_falls_far_less_below_zero_than_cross_entropy(T):
    assert least("adaptive", T) > 0.1 * least("cross_entropy", T)


def test_rows_that_the_noise_leaves_alone_count_whole_and_others_less():
    T = torch.tensor([[1.0, 0, 0], [0, 0.6, 0.4], [0, 0.4, 0.6]], dtype=torch.float64)
    adaptive = BackwardLoss(T, "adaptive", reduction="none")
    sure = 30 * torch.eye(3, dtype=torch.float64)
    own = adaptive(sure, torch.tensor([0, 1, 2]))
    squared = BackwardLoss(T, "squared_error", reduction="none")(sure, torch.tensor([0, 1, 2]))
    assert own[0] == pytest.approx(0, abs=1e-9)
    assert (own[1:].abs() < 0.5 * squared[1:].abs()).all()


def test_each_row_goes_through_its_own_matrix():
    stack = np.stack(NOISES)
    which = torch.arange(50) % 2
    together = BackwardLoss(stack, "adaptive", reduction="none")
    found = together(LOGITS, (LABELS, None, None, which))
    alone = [BackwardLoss(T, "adaptive", reduction="none")(LOGITS, LABELS) for T in NOISES]
    torch.testing.assert_close(found, torch.where(which == 0, *alone))


def test_without_numbers_rows_go_through_the_first_matrix():
    stack = BackwardLoss(np.stack(NOISES), "adaptive", reduction="none")
    first = BackwardLoss(NOISES[0], "adaptive", reduction="none")
    for n_rows in (2, 50):  # As many rows as matrices, and others.
        rows = LOGITS[:n_rows], LABELS[:n_rows]
        torch.testing.assert_close(stack(*rows), first(*rows))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_logits_leave_value_gradient_and_curvature_finite_and_right(dtype):
    T = symmetric_transition_matrix(3, 0.01)
    logits = torch.tensor([[0, -120, 0], [30, -30, 0], [1e4, -1e4, 0]], dtype=dtype)
    logits.requires_grad_()
    losses = BackwardLoss(T, "adaptive", reduction="none")(logits, torch.tensor([1, 0, 2]))
    (gradient,) = torch.autograd.grad(losses.sum(), logits, create_graph=True)
    curvature = torch.autograd.grad(gradient.square().sum(), logits)[0]
    assert all(found.isfinite().all() for found in (losses, gradient, curvature))
    assert gradient[1].abs().max() < 0.01  # Sure and right: nearly at rest.


def test_the_forward_loss_knows_no_such_base_loss():
    with pytest.raises(ValueError, match="base_loss must be one of"):
        ForwardLoss(NOISES[0], "adaptive")


@pytest.mark.parametrize("base_loss", ["adaptive", "non_negative"])
def test_in_evaluation_the_forward_loss_says_which_network_is_better(base_loss):
    T = NOISES[0]
    validated = BackwardLoss(T, base_loss, reduction="none").eval()(LOGITS, LABELS)
    torch.testing.assert_close(validated, ForwardLoss(T, reduction="none")(LOGITS, LABELS))
    trained = BackwardLoss(T, base_loss, reduction="none").train()(LOGITS, LABELS)
    assert (trained - validated).abs().max() > 0.1
