"""Losses act as promised under weights, another order of the rows and other names of classes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import examples, orders, renamed, repeated, transition_matrices

from sknoisy.losses import LOSSES, Target

CORRECTED = {name for name, loss in LOSSES.items() if loss.needs_transition_matrix}
# They standardise the logits of a batch, whose statistics do not see the weights.
STANDARDISED = {"ramp", "sigmoid", "unhinged"}
every_loss = pytest.mark.parametrize("name", sorted(LOSSES))


@st.composite
def batches(draw):
    """Logits, labels and whole weights."""
    K, n = draw(st.integers(2, 5)), draw(st.integers(2, 12))
    logits = draw(arrays(np.int8, (n, K), elements=st.integers(-20, 20))) / 4.0
    # No two logits of a row are equal: where they are, the largest is the first.
    logits = logits + 0.01 * np.arange(n * K).reshape(n, K) % 0.2
    y = draw(arrays(np.intp, n, elements=st.integers(0, K - 1)))
    weights = draw(arrays(np.int8, n, elements=st.integers(0, 3))).astype(float)
    return logits, y, weights, draw(transition_matrices(K, invertible=True))


def make(name, T, **params):
    return LOSSES[name](**({"transition_matrix": T} if name in CORRECTED else {}), **params)


def loss_and_gradient(criterion, logits, y, weights=None):
    h = torch.tensor(logits, requires_grad=True)
    index = torch.arange(len(y)) if criterion.needs_index else None
    weight = None if weights is None else torch.tensor(weights)
    value = criterion(h, Target(torch.tensor(y), weight, index))
    (gradient,) = torch.autograd.grad(value.sum(), h)
    return value.detach().numpy(), gradient.numpy()


@every_loss
@examples(8)
@given(batches(), st.data())
def test_losses_follow_the_rows_and_the_names(name, batch, data):
    logits, y, _, T = batch
    rows, classes = data.draw(orders(len(y))), data.draw(orders(len(T)))
    value, gradient = loss_and_gradient(make(name, T, reduction="none"), logits, y)
    other = make(name, T[np.ix_(classes, classes)], reduction="none")
    found = loss_and_gradient(other, logits[rows][:, classes], renamed(y[rows], classes))
    np.testing.assert_allclose(found[0], value[rows], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], gradient[rows][:, classes], rtol=1e-4, atol=1e-5)


@every_loss
@examples(8)
@given(batches())
def test_a_row_of_weight_two_adds_up_as_two_rows(name, batch):
    logits, y, weights, T = batch
    params = {"batch_norm": False} if name in STANDARDISED else {}
    often = repeated(weights)
    weighted = loss_and_gradient(make(name, T, reduction="sum", **params), logits, y, weights)
    plain = loss_and_gradient(make(name, T, reduction="sum", **params), logits[often], y[often])
    np.testing.assert_allclose(weighted[0], plain[0], rtol=1e-5, atol=1e-5)
    summed = np.zeros(logits.shape)
    np.add.at(summed, often, plain[1])
    np.testing.assert_allclose(weighted[1], summed, rtol=1e-4, atol=1e-5)
