from functools import partial

import numpy as np
import pytest
import torch

from sknoisy.losses import BackwardLoss, ForwardLoss, ImportanceReweightingLoss, Target
from sknoisy.losses._stack import as_transition_matrices, stacked_columns

STACK = np.array(
    [
        [[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]],
        [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.3, 0.7]],
        np.eye(3),
    ]
)
LOSSES = {
    "forward": partial(ForwardLoss, reduction="none"),
    "forward, squared": partial(ForwardLoss, base_loss="squared_error", reduction="none"),
    "forward, callable": partial(ForwardLoss, base_loss=torch.square, reduction="none"),
    "backward": partial(BackwardLoss, reduction="none"),
    "backward, squared": partial(BackwardLoss, base_loss="squared_error", reduction="none"),
    "backward, mixed": partial(BackwardLoss, identity_mixing=0.3, reduction="none"),
    "reweighting": partial(ImportanceReweightingLoss, reduction="none"),
}


def batch(n=30):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    y, which = (torch.randint(3, (n,), generator=generator) for _ in range(2))
    return logits.requires_grad_(), y, which


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_each_example_goes_through_its_own_matrix(loss):
    logits, y, which = batch()
    stacked = loss(STACK)(logits, Target(y, matrix=which))
    for g in range(3):
        own = which == g
        alone = loss(STACK[g])(logits[own], y[own])
        torch.testing.assert_close(stacked[own], alone)
    (gradient,) = torch.autograd.grad(stacked.sum(), logits)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_stack_of_one_is_the_matrix(loss):
    logits, y, _ = batch()
    alone = loss(STACK[0])(logits, y)
    assert torch.equal(loss(STACK[:1])(logits, y), alone)
    assert torch.equal(loss(STACK[:1])(logits, Target(y, matrix=torch.zeros_like(y))), alone)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_without_a_choice_all_go_through_the_first_matrix(loss):
    logits, y, _ = batch()
    assert torch.equal(loss(STACK)(logits, y), loss(STACK[0])(logits, y))


def test_choice_of_another_length_is_explained():
    logits, y, which = batch()
    with pytest.raises(ValueError, match=r"matrix of the target must have shape \(30,\)"):
        ForwardLoss(STACK)(logits, Target(y, matrix=which[:1]))


def test_backward_loss_is_unbiased_in_each_group():
    logits, y, _ = batch()
    clean = BackwardLoss(np.eye(3), reduction="none")(logits, y)
    criterion = BackwardLoss(STACK, reduction="none")
    for g, T in enumerate(STACK):
        expected = sum(
            torch.tensor(T)[y, j]
            * criterion(logits, Target(torch.full_like(y, j), matrix=torch.full_like(y, g)))
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
