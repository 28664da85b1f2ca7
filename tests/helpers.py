"""Small problems and networks that several test files use."""

import numpy as np
import torch
from torch import nn

from sknoisy._net import build_net, fit_net, make_net
from sknoisy.noise import symmetric_transition_matrix

RNG = np.random.default_rng(0)
X = RNG.normal(size=(230, 6)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
WEIGHT = RNG.uniform(0.5, 1.5, size=230)


def train(net, weight=None, **settings):
    net = build_net(net, n_classes=2, sample_shape=(6,))
    return fit_net(net, X, Y, weight, n_classes=2, seed=3, **settings)


def weights_of(net):
    return torch.cat([p.detach().ravel() for p in net.module_.parameters()])


T2 = symmetric_transition_matrix(2, 0.2)
T3 = symmetric_transition_matrix(3, 0.3)
QUICK = make_net(max_epochs=5, lr=3e-3)


class Linear(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.layer = nn.Linear(n_features, n_classes)

    def forward(self, X):
        return self.layer(X)


class Recorder:
    """A callback of scikit-learn's that keeps what it was told: what happened, and in which task.

    It asks for a stop at the end of so many epochs.
    """

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.told = []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.told.append(("setup", context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.told.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.told.append(("end", context.task_name))
        return self.told.count(("end", "epoch")) == self.stop_after

    def teardown(self, estimator, context):
        self.told.append(("teardown", context.task_name))
