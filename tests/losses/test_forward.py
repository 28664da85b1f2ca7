import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sknoisy.losses import ForwardLoss

BASE_LOSSES = {
    "cross_entropy": "cross_entropy",
    "squared_error": "squared_error",
    "callable": lambda log_proba: 1 - log_proba.exp(),
}
T = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]], dtype=torch.float64)


def batch(n=20, k=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, k, generator=generator, dtype=torch.float64)
    return logits.requires_grad_(), torch.randint(k, (n,), generator=generator)


def test_cross_entropy_compares_the_label_with_the_noisy_posterior():
    logits, y = batch()
    expected = F.nll_loss((logits.softmax(dim=1) @ T).log(), y, reduction="none")
    torch.testing.assert_close(ForwardLoss(T, reduction="none")(logits, y), expected)


def test_squared_error_compares_the_label_with_the_noisy_posterior():
    logits, y = batch()
    noisy_proba = logits.softmax(dim=1) @ T
    expected = (noisy_proba - F.one_hot(y, 3)).square().sum(dim=1)
    loss = ForwardLoss(T, base_loss="squared_error", reduction="none")(logits, y)
    torch.testing.assert_close(loss, expected)


def test_almost_the_identity_gives_almost_cross_entropy():
    logits, y = batch(200, 7)
    almost = np.eye(7)
    almost[0, :2] = 1 - 1e-12, 1e-12
    torch.testing.assert_close(
        ForwardLoss(almost, reduction="none")(logits, y),
        F.cross_entropy(logits, y, reduction="none"),
        rtol=1e-9,
        atol=1e-9,
    )


def test_identity_gives_cross_entropy_and_its_gradient():
    logits, y = batch(200, 7)
    forward = ForwardLoss(np.eye(7), reduction="none")(logits, y)
    plain = F.cross_entropy(logits, y, reduction="none")
    torch.testing.assert_close(forward, plain, rtol=1e-14, atol=1e-14)
    (gradient,) = torch.autograd.grad(forward.mean(), logits)
    (expected,) = torch.autograd.grad(plain.mean(), logits)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-16)


@pytest.mark.parametrize("base_loss", ["cross_entropy", "squared_error"])
def test_minimiser_under_noise_is_the_clean_posterior(base_loss):
    """Theorem 2, on the exact risk of free logits at three points."""
    clean = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]], dtype=torch.float64)
    labels = torch.arange(3)
    logits = torch.zeros_like(clean, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logits],
        max_iter=300,
        tolerance_grad=1e-12,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def risk():
        optimizer.zero_grad()
        loss = ForwardLoss(T, base_loss=base_loss, reduction="sum")(
            logits.repeat_interleave(3, dim=0), (labels.repeat(3), (clean @ T).flatten())
        )
        loss.backward()
        return loss

    optimizer.step(risk)
    torch.testing.assert_close(logits.softmax(dim=1).detach(), clean, rtol=0, atol=1e-6)


def test_hessian_depends_on_the_transition_matrix():
    """The counterpart of Theorem 4, which holds for the backward correction only."""
    X = torch.randn(5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    W = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 1, 0])

    def hessian(matrix):
        return torch.autograd.functional.hessian(lambda w: ForwardLoss(matrix)(X @ w, y), W)

    torch.testing.assert_close(
        hessian(torch.eye(3)),
        torch.autograd.functional.hessian(lambda w: F.cross_entropy(X @ w, y), W),
    )
    assert (hessian(T) - hessian(torch.eye(3))).abs().max() > 0.01


def test_second_derivatives_agree_with_those_of_the_plain_formula():
    logits, y = batch(4)

    def plain(h):
        return F.nll_loss((h.softmax(dim=1) @ T).log(), y)

    def hessian(loss):
        return torch.autograd.functional.hessian(loss, logits.detach())

    torch.testing.assert_close(hessian(lambda h: ForwardLoss(T)(h, y)), hessian(plain))


@pytest.mark.parametrize("base_loss", BASE_LOSSES.values(), ids=BASE_LOSSES)
def test_gradients_with_zeros_in_the_matrix(base_loss):
    logits, y = batch(6)
    matrix = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])

    def loss(h):
        return ForwardLoss(matrix, base_loss=base_loss, reduction="none")(h, y)

    assert torch.autograd.gradcheck(loss, (logits,))
    assert torch.autograd.gradgradcheck(loss, (logits,))


def test_zero_in_the_column_of_the_winning_class_costs_the_way_to_the_next():
    """The label cannot come from the winner; the loss is the winner's lead, exactly."""
    logits = torch.tensor([[1e4, -1e4]], requires_grad=True)
    loss = ForwardLoss([[1.0, 0.0], [0.5, 0.5]])(logits, torch.tensor([1]))
    torch.testing.assert_close(loss, torch.tensor(2e4 + np.log(2), dtype=torch.float32))
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(gradient, torch.tensor([[1.0, -1.0]]))


def test_impossible_label_moves_nothing():
    logits = torch.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    none = ForwardLoss([[1.0, 0.0], [1.0, 0.0]], reduction="none")(logits, torch.tensor([1, 0]))
    assert none.isfinite().all()
    assert none[0] > 80
    (gradient,) = torch.autograd.grad(none.sum(), logits)
    torch.testing.assert_close(gradient, torch.zeros(2, 2), rtol=0, atol=1e-6)
