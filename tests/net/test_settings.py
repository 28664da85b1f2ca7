"""Wrong settings of a net are said before anything is trained, whoever is to train it."""

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping
from skorch.dataset import ValidSplit

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy._net import check_net_settings
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


def test_settings_that_skorch_takes_pass():
    check_net_settings(make_net(batch_size=-1, train_split=ValidSplit(3)))
    check_net_settings(make_net(batch_size=np.int64(8), max_epochs=np.int32(2), lr=0))
    check_net_settings(make_net(callbacks=[EarlyStopping(), EarlyStopping, ("stop", None)]))
    check_net_settings(make_net(callbacks="disable"))
    check_net_settings(NeuralNetClassifier(MLP, criterion=torch.nn.CrossEntropyLoss, verbose=0))
