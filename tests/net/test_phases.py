"""The end of a training on a few rows."""

import pytest
from helpers import X, Y, train, weights_of
from skorch.callbacks import Callback
from skorch.dataset import ValidSplit

from sknoisy import make_net
from sknoisy._net import fine_tune


class Counter(Callback):
    trainings = 0

    def on_train_begin(self, net, **kwargs):
        type(self).trainings += 1


def test_settings_of_the_training_are_put_back_and_callbacks_left_out():
    net = train(make_net(max_epochs=2, train_split=ValidSplit(0.2), callbacks=[Counter()]))
    callbacks, before = net.callbacks_, weights_of(net).clone()
    fine_tune(net, X[:5], Y[:5], n_classes=2, seed=0, epochs=3, lr_factor=0.5)
    assert Counter.trainings == 1
    assert len(net.history) == 5
    assert "valid_loss" not in net.history[-1]
    assert net.callbacks_ is callbacks
    assert isinstance(net.train_split, ValidSplit)
    assert net.optimizer_.param_groups[0]["lr"] == pytest.approx(1e-3)
    assert (weights_of(net) != before).any()
