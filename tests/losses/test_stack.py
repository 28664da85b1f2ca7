import numpy as np
import pytest
import torch

from sknoisy.losses import (
    BackwardLoss,
    ForwardLoss,
    backward_loss,
    forward_loss,
    importance_reweighting_loss,
)
from sknoisy.losses._stack import as_transition_matrices, mix_by_target, stacked_columns

STACK = np.array(
    [
        [[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]],
        [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.3, 0.7]],
        np.eye(3),
    ]
)
LOSSES = {
    "forward": forward_loss,
    "forward, squared": lambda *a, **k: forward_loss(*a, base_loss="squared_error", **k),
    "forward, callable": lambda *a, **k: forward_loss(*a, base_loss=lambda p: p**2, **k),
    "backward": backward_loss,
    "backward, squared": lambda *a, **k: backward_loss(*a, base_loss="squared_error", **k),
    "backward, mixed": lambda *a, **k: backward_loss(*a, identity_mixing=0.3, **k),
    "reweighting": importance_reweighting_loss,
}


def batch(n=30):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    y, which = (torch.randint(3, (n,), generator=generator) for _ in range(2))
    return logits.requires_grad_(), y, which


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_each_example_goes_through_its_own_matrix(loss):
    logits, y, which = batch()
    stacked = loss(logits, which * 3 + y, STACK, reduction="none")
    for g in range(3):
        own = which == g
        alone = loss(logits[own], y[own], STACK[g], reduction="none")
        torch.testing.assert_close(stacked[own], alone)
    (gradient,) = torch.autograd.grad(stacked.sum(), logits)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_stack_of_one_is_the_matrix(loss):
    logits, y, _ = batch()
    one, stack = (loss(logits, y, T, reduction="none") for T in (STACK[0], STACK[:1]))
    assert torch.equal(one, stack)


def test_backward_loss_is_unbiased_in_each_group():
    logits, y, _ = batch()
    clean = backward_loss(logits, y, np.eye(3), reduction="none")
    for g, T in enumerate(STACK):
        expected = sum(
            torch.tensor(T)[y, j]
            * backward_loss(logits, torch.full_like(y, g * 3 + j), STACK, reduction="none")
            for j in range(3)
        )
        torch.testing.assert_close(expected, clean)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda s: list(map(np.array, s))])
def test_any_stack_becomes_a_double_tensor(kind):
    stack = as_transition_matrices(kind(STACK.tolist()))
    assert stack.dtype == torch.float64
    torch.testing.assert_close(stack, torch.from_numpy(STACK), check_dtype=False)


def test_given_stack_is_not_changed():
    before = STACK.copy()
    ForwardLoss(STACK)
    BackwardLoss(STACK)
    assert (before == STACK).all()


def test_columns_are_ordered_by_matrix_and_label():
    columns = stacked_columns(torch.from_numpy(STACK))
    assert columns[1 * 3 + 2].tolist() == STACK[1, :, 2].tolist()


def test_mixing_names_the_label():
    logits, y, which = batch()
    mixed, label = mix_by_target(logits, which * 3 + y, torch.from_numpy(STACK))
    assert torch.equal(label, y)
    torch.testing.assert_close(mixed[0], logits[0] @ torch.from_numpy(STACK[which[0]]))


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (np.empty((0, 2, 2)), "at least one"),
        (np.ones((2, 2, 3)) / 3, r"transition_matrix\[0\] must be square"),
        ([np.eye(2), [[0.9, 0.2], [0.1, 0.8]]], r"transition_matrix\[1\].*transpose"),
        ([[0.9, 0.1], [0.2]], "must be an array of numbers"),
        (np.full((1, 1, 2, 2), 0.5), "square"),
    ],
)
def test_what_is_no_stack_is_explained(stack, message):
    with pytest.raises((ValueError, TypeError), match=message):
        as_transition_matrices(stack)


def test_stack_that_wants_a_gradient_is_refused():
    with pytest.raises(ValueError, match="detach"):
        as_transition_matrices(torch.from_numpy(STACK).requires_grad_())
