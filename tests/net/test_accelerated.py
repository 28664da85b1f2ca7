"""Nets of skorch's AccelerateMixin."""

import numpy as np
import pytest
import torch
from helpers import X, Y
from skorch import NeuralNetClassifier
from skorch.hf import AccelerateMixin
from torch import nn
from torch.utils.data import TensorDataset

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator
from sknoisy._net._accelerated import bare_module, losses_left_bare
from sknoisy.modules import MLP


class AcceleratedNet(AccelerateMixin, NeuralNetClassifier):
    pass


class Wrapper(nn.Module):
    """What accelerate puts around a module that is trained on several devices."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args):
        return self.module(*args)


class Accelerator:
    """Wraps all that it prepares, as accelerate does on several CPUs."""

    def prepare(self, part):
        return Wrapper(part)

    def prepare_model(self, part, evaluation_mode=False):
        assert evaluation_mode
        return part

    def unwrap_model(self, part):
        return getattr(part, "module", part)


class Net:
    def __init__(self):
        self.accelerator = Accelerator()
        self.module_ = nn.Linear(2, 2)
        self.criterion_ = nn.CrossEntropyLoss()


def test_what_has_nothing_to_train_is_not_wrapped():
    net = Net()
    with losses_left_bare(net):
        assert net.accelerator.prepare(net.criterion_) is net.criterion_
        wrapped = net.accelerator.prepare(net.module_)
    assert isinstance(wrapped, Wrapper)
    assert isinstance(net.accelerator.prepare(net.criterion_), Wrapper)
    module, net.module_ = net.module_, wrapped
    assert bare_module(net) is module


def test_device_none_is_kept_and_the_net_trains_in_one_process():
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    net = AcceleratedNet(
        MLP,
        accelerator=accelerate.Accelerator(cpu=True),
        device=None,
        max_epochs=3,
        train_split=None,
        lr=0.1,
        verbose=0,
        callbacks__print_log__sink=print,
    )
    clf = ForwardCorrectedClassifier(
        net,
        transition_matrix=TransitionMatrixEstimator(method="count", cv=2),
        start="first_stage",
        random_state=0,
    ).fit(X, Y)
    assert clf.estimator_.device is None
    assert net.device is None
    assert np.mean(clf.predict(X) == Y) > 0.6
    # What accelerate hands to one of several processes.
    clf.estimator_.accelerator.prepare = lambda batches: list(batches)[::2]
    rows = TensorDataset(torch.from_numpy(X))
    np.testing.assert_allclose(clf.predict_proba(rows), clf.predict_proba(X), atol=1e-6)
