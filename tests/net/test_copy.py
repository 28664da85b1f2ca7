"""A copied net goes on as the net itself would."""

import copy

import torch
from helpers import X, Y, train, weights_of
from skorch.callbacks import LRScheduler

from sknoisy import make_net
from sknoisy._net import copied_net, fit_net


def go_on(net):
    return fit_net(net, X, Y, n_classes=2, seed=5, epochs=2)


def test_it_trains_as_the_net_would_and_leaves_it_alone():
    schedule = LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.9)
    for settings in ({}, {"module__dropout": 0.3, "callbacks": [schedule]}):
        net = train(make_net(max_epochs=2, **settings))
        before, history = weights_of(net).clone(), copy.deepcopy(net.history_)
        twin = go_on(copied_net(net))
        assert torch.equal(weights_of(net), before)
        assert net.history_ == history
        assert torch.equal(weights_of(go_on(net)), weights_of(twin))
        assert not torch.equal(weights_of(net), before)


def test_classes_that_cannot_be_pickled_are_copied():
    class Local(torch.nn.Linear):
        def __init__(self, n_features, n_classes):
            super().__init__(n_features, n_classes)

    net = train(make_net(Local, max_epochs=1))
    assert torch.equal(weights_of(copied_net(net)), weights_of(net))
