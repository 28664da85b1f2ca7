"""A program repeats what was recorded, on other numbers, and refuses what it cannot repeat."""

import pytest
import torch
from torch import nn

from sknoisy._net._replay._record import NotRecordable, as_program, recorded


def program_of(function, *inputs):
    with recorded() as calls:
        result = function(*inputs)
    return as_program(calls, inputs, result if isinstance(result, tuple) else (result,))


def check(function, *shapes):
    torch.manual_seed(0)
    first, other = ([torch.randn(shape) for shape in shapes] for _ in range(2))
    program, expected = program_of(function, *first), function(*other)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for replayed, ordinary in zip(program(*other), expected, strict=True):
        assert torch.equal(replayed, ordinary)


def test_programs_repeat_the_operations_on_new_inputs():
    check(lambda x, y: (x @ y.T).softmax(dim=1).log().sum(dim=0, keepdim=True), (4, 3), (5, 3))
    check(lambda x: torch.cat([x[:, :1] * 2.5, x.t().t()], dim=1).float(), (4, 3))
    check(lambda x: x.split([1, 3], dim=1)[1] + float("-inf"), (2, 4))
    check(lambda x: torch.topk(x, 2, dim=1), (3, 5))


def test_changes_in_place_are_repeated():
    def function(x):
        doubled = x * 2
        view = doubled[:, 0]
        view.add_(1)
        ones = torch.ones_like(x)
        ones[0].sub_(x[0])
        return doubled.exp_(), ones * 1

    check(function, (3, 2))


def test_constants_are_computed_once_and_views_of_parameters_stay_views():
    weight = torch.randn(3, 2)
    x = torch.randn(4, 3)
    program = program_of(lambda x: (x @ weight.T.T) * torch.full((2,), 3.0).neg(), x)
    with torch.no_grad():
        weight.add_(1.0)
    assert torch.equal(program(x)[0], (x @ weight) * -3)
    assert "neg" not in program.__code__.co_names


def test_gradients_are_outputs_like_others():
    layer = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2))

    def loss_and_gradients(x):
        with torch.enable_grad():
            loss = layer(x).square().mean()
            return (loss, *torch.autograd.grad(loss, list(layer.parameters())))

    check(loss_and_gradients, (5, 3))


def test_random_numbers_are_drawn_anew_from_the_global_generator():
    x = torch.ones(1000)
    program = program_of(lambda x: nn.functional.dropout(x, 0.5), x)
    torch.manual_seed(1)
    replayed = program(x)[0], program(x)[0]
    torch.manual_seed(1)
    expected = nn.functional.dropout(x, 0.5), nn.functional.dropout(x, 0.5)
    assert torch.equal(replayed[0], expected[0])
    assert torch.equal(replayed[1], expected[1])
    assert not torch.equal(replayed[0], replayed[1])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2 if x.sum() > 0 else x,
        lambda x: x * x.max().item(),
        lambda x: x[x > 0],
        lambda x: x[:1, :1].expand(2**12, 2**12 + 1).contiguous(),
        lambda x: sum(x + i for i in range(3_000)),
    ],
    ids=["branch", "item", "mask", "much memory", "many operations"],
)
def test_what_depends_on_values_or_is_large_is_refused(function):
    with pytest.raises(NotRecordable):
        program_of(function, torch.ones(3, 2))


def test_changes_of_outside_tensors_are_refused_unless_allowed():
    seen = torch.zeros(2)

    def function(x):
        seen.add_(x.sum(dim=0))
        return x * seen

    x = torch.ones(3, 2)
    with pytest.raises(NotRecordable, match="not known to be a buffer"):
        program_of(function, x)
    with recorded() as calls:
        result = function(x)
    program = as_program(calls, [x], [result], may_write=[seen])
    seen.zero_()
    assert program(x)[0].tolist() == [[3.0, 3.0]] * 3
    assert program(x)[0].tolist() == [[6.0, 6.0]] * 3


def test_outputs_that_would_share_memory_from_run_to_run_are_refused():
    x = torch.ones(3, 2)
    with pytest.raises(NotRecordable, match="share memory"):
        program_of(lambda x: torch.ones_like(x), x)
    with pytest.raises(NotRecordable, match="share memory"):
        program_of(lambda x: (lambda y: (y, y))(x + 1), x)


def test_memory_is_let_go_after_the_last_use():
    program = program_of(lambda x: ((x + 1) * 2).exp(), torch.ones(2))
    names = program.__code__.co_varnames
    assert program(torch.zeros(2))[0].tolist() == torch.tensor([2.0, 2.0]).exp().tolist()
    assert len(names) == 4  # The input and three results; all but the last are deleted.
