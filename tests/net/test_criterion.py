"""Weights reach any criterion."""

import numpy as np
import pytest
import torch
from helpers import WEIGHT, X, Y, train, weights_of
from skorch import NeuralNet
from torch import nn

from sknoisy._net import build_net, fit_net
from sknoisy.modules import MLP


def test_weights_of_a_criterion_of_pytorchs_equal_repetition():
    net = NeuralNet(MLP, nn.CrossEntropyLoss, module__dtype=torch.float64, batch_size=-1, verbose=0)
    doubled = np.where(np.arange(230) < 50, 2.0, 1.0)
    weighted = train(net.set_params(train_split=None, lr=0.1), doubled / doubled.mean())
    repeated = build_net(net, n_classes=2, sample_shape=(6,))
    fit_net(repeated, np.r_[X, X[:50]], np.r_[Y, Y[:50]], n_classes=2, seed=3)
    torch.testing.assert_close(weights_of(weighted), weights_of(repeated), rtol=0, atol=1e-12)


def test_weights_for_a_criterion_that_cannot_take_them_are_refused():
    class Mean(nn.Module):
        def forward(self, logits, target):
            return logits.mean()

    with pytest.raises(ValueError, match="need a criterion with a parameter reduction"):
        train(NeuralNet(MLP, Mean, verbose=0), WEIGHT)


def test_criterion_instance_is_refused():
    with pytest.raises(TypeError, match="criterion must be a class"):
        train(NeuralNet(MLP, nn.CrossEntropyLoss(), verbose=0))
