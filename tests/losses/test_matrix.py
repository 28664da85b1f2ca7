"""Transition matrices of the three corrected losses: what is taken for one, and stacks of them."""

import pickle
from functools import partial

import numpy as np
import pytest
import torch

from sknoisy.losses import BackwardLoss, ForwardLoss, ImportanceReweightingLoss, Target
from sknoisy.losses._matrix import Constant, as_transition_matrices

STACK = np.array(
    [
        [[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]],
        [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.3, 0.7]],
        np.eye(3),
    ]
)
LOSSES = {
    "forward": ForwardLoss,
    "forward, squared": partial(ForwardLoss, base_loss="squared_error"),
    "forward, callable": partial(ForwardLoss, base_loss=torch.square),
    "backward": BackwardLoss,
    "backward, squared": partial(BackwardLoss, base_loss="squared_error"),
    "backward, mixed": partial(BackwardLoss, identity_mixing=0.3),
    "reweighting": ImportanceReweightingLoss,
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(30, 3, generator=GENERATOR, dtype=torch.float64)
Y, WHICH = (torch.randint(3, (30,), generator=GENERATOR) for _ in range(2))


@every_loss
@pytest.mark.parametrize("stack", [STACK, 0.9 * STACK + 0.1 / 3], ids=["zeros", "positive"])
def test_each_example_goes_through_its_own_matrix(loss, stack):
    logits = LOGITS.clone().requires_grad_()
    losses = loss(stack, reduction="none")(logits, Target(Y, matrix=WHICH))
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    for g in range(3):
        rows = WHICH == g
        alone = LOGITS[rows].requires_grad_()
        expected = loss(stack[g], reduction="none")(alone, Y[rows])
        torch.testing.assert_close(losses[rows], expected)
        (gradient_alone,) = torch.autograd.grad(expected.sum(), alone)
        torch.testing.assert_close(gradient[rows], gradient_alone)


@every_loss
def test_without_a_choice_all_go_through_the_first_matrix(loss):
    alone = loss(STACK[0])(LOGITS, Y)
    for stack in (STACK, STACK[:1]):
        assert torch.equal(loss(stack)(LOGITS, Y), alone)
    assert torch.equal(loss(STACK[:1])(LOGITS, Target(Y, matrix=torch.zeros_like(Y))), alone)


@every_loss
def test_shapes_that_do_not_fit_are_explained(loss):
    with pytest.raises(ValueError, match=r"logits must have 3 columns.*got shape \(30, 4\)"):
        loss(STACK)(torch.zeros(30, 4), Y)
    with pytest.raises(ValueError, match=r"matrix of the target must have shape \(30,\)"):
        loss(STACK)(LOGITS, Target(Y, matrix=WHICH[:1]))


def test_backward_loss_is_unbiased_in_each_group():
    clean = BackwardLoss(np.eye(3), reduction="none")(LOGITS, Y)
    criterion = BackwardLoss(STACK, reduction="none")
    for g, T in enumerate(STACK):
        expected = sum(
            torch.tensor(T)[Y, j]
            * criterion(LOGITS, Target(torch.full_like(Y, j), matrix=torch.full_like(Y, g)))
            for j in range(3)
        )
        torch.testing.assert_close(expected, clean)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda s: list(map(np.array, s))])
@pytest.mark.parametrize("given", [STACK, STACK[0]], ids=["stack", "single"])
def test_any_array_like_becomes_a_double_stack(kind, given):
    stack = as_transition_matrices(kind(given.tolist()))
    assert stack.dtype == torch.float64
    torch.testing.assert_close(stack, torch.from_numpy(given.reshape(-1, 3, 3)), check_dtype=False)


@every_loss
def test_given_matrices_are_not_changed(loss):
    before = STACK.copy()
    loss(STACK)(LOGITS, Target(Y, matrix=WHICH))
    assert (before == STACK).all()


@pytest.mark.parametrize("given", [STACK, STACK[0]], ids=["stack", "single"])
def test_matrix_that_wants_a_gradient_is_refused(given):
    with pytest.raises(ValueError, match="detach"):
        as_transition_matrices(torch.from_numpy(given).requires_grad_())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[0.9, 0.2], [0.1, 0.8]], "transpose"),
        ([[0.9, 0.2], [0.2, 0.9]], "sum to 1"),
        ([[1.1, -0.1], [0.0, 1.0]], ">= 0"),
        ([[np.nan, 1.0], [0.0, 1.0]], "finite"),
        ([[0.5, 0.5]], "square"),
        ([[0.9, 0.1], [0.2]], "must be an array of numbers"),
        (np.empty((0, 2, 2)), "at least one"),
        (np.ones((2, 2, 3)) / 3, r"transition_matrix\[0\] must be square"),
        ([np.eye(2), [[0.9, 0.2], [0.1, 0.8]]], r"transition_matrix\[1\].*transpose"),
        (np.full((1, 1, 2, 2), 0.5), "square"),
    ],
)
def test_what_is_no_transition_matrix_is_explained(given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        as_transition_matrices(given)


def test_constant_is_cast_once():
    constant = Constant(torch.eye(2, dtype=torch.float64))
    single = constant.like(torch.zeros(1, 2))
    assert single.dtype == torch.float32
    assert constant.like(torch.zeros(1, 2)) is single
    assert constant.like(torch.zeros(1, 2, dtype=torch.float64)) is constant.value


@pytest.mark.parametrize("loss", [ForwardLoss, BackwardLoss, ImportanceReweightingLoss])
def test_criterion_leaves_no_cast_on_a_device(loss):
    criterion = loss(STACK)
    constants = [part for part in criterion.modules() if isinstance(part, Constant)]
    assert constants
    for constant in constants:
        assert constant.like(torch.zeros(1, 3, device="meta")).device.type == "meta"
        loaded = pickle.loads(pickle.dumps(constant))
        assert torch.equal(loaded._cast, constant.value)
    criterion.to("cpu")
    assert all(constant._cast.device.type == "cpu" for constant in constants)
    assert criterion.state_dict() == {}


@every_loss
@pytest.mark.parametrize("matrix", [None, torch.tensor([0, 1])], ids=["first", "given"])
@pytest.mark.parametrize("label", [-1, 3, 5])
def test_a_label_outside_the_classes_names_no_other_matrix(loss, matrix, label):
    target = Target(torch.tensor([label, 1]), matrix=matrix)
    with pytest.raises(ValueError, match=f"class indices from 0 to 2.*got {label}"):
        loss(0.9 * STACK + 0.1 / 3)(torch.zeros(2, 3), target)
