"""Wrong settings of a net are said before anything is trained, whoever is to train it."""

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import ValidSplit

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy._net import check_net_settings
from sknoisy.callbacks import BestEpoch
from sknoisy.modules import MLP

X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.arange(30) % 3
WRONG = {
    "batch_size": (0, -2, 1.5, None, "64", np.nan, True),
    "max_epochs": (0, 1.5, None, "10", np.nan, True),
    "lr": (-1.0, None, "fast", np.nan),
    "train_split": (0.2, "half"),
    "iterator_train": (None, "loader"),
    "iterator_valid": (3,),
    "optimizer": (None, "Adam"),
    "criterion": ("loss", torch.nn.CrossEntropyLoss()),
    "callbacks": ("stop", 3, [3], [("a", 3)], EarlyStopping()),
}


class Trained(BaseEstimator):
    """A classifier that must not be reached."""

    def fit(self, X, y):
        pytest.fail("The first stage was trained.")

    def predict_proba(self, X):
        pytest.fail("The first stage was asked.")


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_setting_is_named_before_stage_one(name, value):
    with pytest.raises((TypeError, ValueError), match=rf"\b{name}\b.* got|{name} must be a class"):
        check_net_settings(make_net(**{name: value}))
    classifier = ForwardCorrectedClassifier(
        make_net(**{name: value}), transition_matrix=TransitionMatrixEstimator(Trained())
    )
    with pytest.raises((TypeError, ValueError), match=rf"\b{name}\b"):
        classifier.fit(X, Y)


class Gentle(Callback):
    """A callback of the user's, which records a loss of its own."""

    def on_epoch_end(self, net, **kwargs):
        net.history.record("valid_loss", 0.5)


@pytest.mark.parametrize(
    "callback", [EarlyStopping(), EarlyStopping, ("stop", EarlyStopping("valid_acc")), BestEpoch()]
)
def test_a_callback_that_watches_held_out_rows_needs_a_split(callback):
    net = make_net(callbacks=[callback])
    with pytest.raises(ValueError, match="watches 'valid_.*give it a train_split"):
        check_net_settings(net)
    # Unless another of the user's own records what it watches.
    check_net_settings(net.set_params(callbacks=[Gentle(), callback]))


def test_settings_that_skorch_takes_pass():
    check_net_settings(make_net(batch_size=-1, train_split=ValidSplit(3)))
    check_net_settings(make_net(batch_size=np.int64(8), max_epochs=np.int32(2), lr=0))
    check_net_settings(make_net(callbacks=[("stop", None), Gentle()], train_split=None))
    stopping = [EarlyStopping(), EarlyStopping, ("stop", None)]
    check_net_settings(make_net(callbacks=stopping, train_split=ValidSplit(3)))
    check_net_settings(make_net(callbacks=[EarlyStopping("train_loss")]))
    check_net_settings(make_net(callbacks="disable"))
    check_net_settings(NeuralNetClassifier(MLP, criterion=torch.nn.CrossEntropyLoss, verbose=0))
