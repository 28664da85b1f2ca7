"""Channels last is another layout of the same numbers."""

import numpy as np
import pytest
import torch
from torch import nn

from sknoisy import make_net
from sknoisy._net import build_net, fit_net, predict_proba
from sknoisy._net._layout import put_channels_last, wants_channels_last
from sknoisy.modules import ConvNet, PreActResNet

IMAGES = np.random.default_rng(0).normal(size=(40, 3, 8, 8)).astype(np.float32)
LABELS = (IMAGES[:, 0].mean(axis=(1, 2)) > 0).astype(int)


def trained(module=ConvNet, **settings):
    net = make_net(module, **{"batch_size": 16, "max_epochs": 3, **settings})
    net = build_net(net, n_classes=2, sample_shape=(3, 8, 8))
    return fit_net(net, IMAGES, LABELS, n_classes=2, seed=0)


class Spy(nn.Sequential):
    """Notes how its input lies in memory."""

    seen: list = []

    def __init__(self, n_classes):
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, n_classes))

    def forward(self, X):
        self.seen.append(X.is_contiguous(memory_format=torch.channels_last))
        return super().forward(X)


def test_images_and_weights_lie_channels_last_in_training_and_prediction():
    for choice, expected in ((True, {True}), (False, {False}), ("auto", {False})):
        Spy.seen.clear()
        net = trained(Spy, channels_last=choice)
        predict_proba(net, IMAGES)
        assert set(Spy.seen) == expected
        weight = net.module_[0].weight
        assert weight.is_contiguous(memory_format=torch.channels_last) is (choice is True)


@pytest.mark.parametrize("module", [ConvNet, PreActResNet])
def test_the_network_is_that_of_the_usual_layout_up_to_rounding(module):
    settings = {"module__depth": 8} if module is PreActResNet else {}
    last, first = (trained(module, channels_last=c, lr=1e-4, **settings) for c in (True, False))
    np.testing.assert_allclose(predict_proba(last, IMAGES), predict_proba(first, IMAGES), atol=1e-3)


def test_network_does_not_depend_on_replays_in_this_layout():
    states = [
        trained(channels_last=True, max_epochs=15, replay=replay).module_.state_dict()
        for replay in ("auto", False)
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_auto_asks_for_cuda_and_for_modules_that_are_known_to_take_it():
    assert wants_channels_last("auto", ConvNet((3, 8, 8), 2), "cuda:0")
    assert not wants_channels_last("auto", ConvNet((3, 8, 8), 2), "cpu")
    assert not wants_channels_last("auto", Spy(2), "cuda")
    assert wants_channels_last(True, Spy(2), "cpu")


def test_what_is_no_batch_of_images_stays_as_it_is():
    for value in (torch.zeros(2, 3), torch.zeros(2, 3, 4, 5, dtype=torch.int64), {"X": 1}, None):
        assert put_channels_last(value) is value


def test_other_choices_are_refused():
    with pytest.raises(ValueError, match='channels_last must be True, False or "auto"; got .no.'):
        trained(channels_last="no")
