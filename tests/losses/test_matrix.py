import pickle

import numpy as np
import pytest
import torch

from sknoisy.losses import BackwardLoss, ForwardLoss, ImportanceReweightingLoss, forward_loss
from sknoisy.losses._matrix import Constant, as_transition_matrix, check_n_classes

T = [[0.9, 0.1], [0.2, 0.8]]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_any_array_like_becomes_a_double_tensor(kind):
    matrix = as_transition_matrix(kind(T))
    assert matrix.dtype == torch.float64
    torch.testing.assert_close(matrix, torch.tensor(T), check_dtype=False)


def test_given_matrix_is_not_changed():
    given = np.array([[1.0, 0.0], [0.5, 0.5]])
    before = given.copy()
    forward_loss(torch.zeros(1, 2), torch.tensor([0]), given)
    assert (given == before).all()


def test_matrix_that_wants_a_gradient_is_refused():
    with pytest.raises(ValueError, match="detach"):
        as_transition_matrix(torch.eye(2, requires_grad=True))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.9, 0.2], [0.1, 0.8]], "transpose"),
        ([[0.9, 0.2], [0.2, 0.9]], "sum to 1"),
        ([[1.1, -0.1], [0.0, 1.0]], ">= 0"),
        ([[np.nan, 1.0], [0.0, 1.0]], "finite"),
        ([[0.5, 0.5]], "square"),
    ],
)
def test_matrix_that_is_no_transition_matrix_is_explained(matrix, message):
    with pytest.raises(ValueError, match=message):
        as_transition_matrix(matrix)


def test_size_of_logits_is_compared():
    with pytest.raises(ValueError, match=r"logits must have 2 columns.*got shape \(5, 3\)"):
        check_n_classes(torch.zeros(5, 3), 2)


def test_constant_is_cast_once():
    constant = Constant(torch.eye(2, dtype=torch.float64))
    single = constant.like(torch.zeros(1))
    assert single.dtype == torch.float32
    assert constant.like(torch.zeros(1)) is single
    assert constant.like(torch.zeros(1, dtype=torch.float64)) is constant.value


def test_constant_follows_the_device():
    constant = Constant(torch.eye(2, dtype=torch.float64))
    assert constant.like(torch.zeros(1, device="meta")).device.type == "meta"


def test_pickled_constant_leaves_its_cast_behind():
    constant = Constant(torch.eye(2, dtype=torch.float64))
    constant.like(torch.zeros(1, device="meta"))
    loaded = pickle.loads(pickle.dumps(constant))
    assert loaded._cast.device.type == "cpu"
    assert torch.equal(loaded.like(torch.zeros(1)), torch.eye(2))


@pytest.mark.parametrize("loss", [ForwardLoss, BackwardLoss, ImportanceReweightingLoss])
def test_criterion_leaves_no_cast_on_a_device(loss):
    criterion = loss([[0.8, 0.2], [0.2, 0.8]])
    (constant,) = (part for part in criterion.modules() if isinstance(part, Constant))
    assert constant.like(torch.zeros(1, device="meta")).device.type == "meta"
    criterion.to("cpu")
    assert constant._cast.device.type == "cpu"
