"""Fully connected networks return logits of the right shape, from the right start."""

import pickle

import pytest
import torch
from torch import nn

from sknoisy.modules import MLP, Perceptron


@pytest.mark.parametrize("hidden_sizes", [(), (7,), (7, 5)])
def test_mlp_returns_one_logit_per_class(hidden_sizes):
    net = MLP(n_features=12, n_classes=4, hidden_sizes=hidden_sizes, dropout=0.5)
    assert net(torch.randn(3, 12)).shape == (3, 4)
    assert sum(isinstance(layer, nn.Linear) for layer in net.layers) == len(hidden_sizes) + 1


def test_mlp_flattens_images():
    assert MLP(n_features=48, n_classes=2)(torch.zeros(5, 3, 4, 4)).shape == (5, 2)


def test_dtype_is_that_of_all_weights():
    net = MLP(n_features=2, n_classes=2, dtype=torch.float64)
    assert {p.dtype for p in net.parameters()} == {torch.float64}


def test_perceptron_is_linear():
    net = Perceptron(n_features=12, n_classes=4)
    assert sum(p.numel() for p in net.parameters()) == 4 * 13
    a, b = torch.randn(2, 5, 3, 2, 2)
    torch.testing.assert_close(net(a) + net(b), net(a + b))


def test_nets_pickled_under_their_first_name_are_still_found():
    net = MLP(n_features=2, n_classes=2)
    pickled = pickle.dumps(net, protocol=0)
    assert b"csknoisy.modules._mlp\nMLP\n" in pickled
    old = pickled.replace(b"csknoisy.modules._mlp\nMLP\n", b"csknoisy.modules\nMLP\n")
    assert type(pickle.loads(old)) is MLP
