"""Nets are built from what the user passes, which stays as it is."""

import numpy as np
import pytest
from skorch import NeuralNet, NeuralNetClassifier
from torch import nn
from torch.utils.data import DataLoader

from sknoisy import make_net
from sknoisy._iterators import make_loader
from sknoisy._net import LeanNet, build_net, is_net
from sknoisy._net._lean import LeanClassifierNet
from sknoisy.modules import MLP, SparseLinear, TableMLP


def test_make_net_refuses_an_instance():
    with pytest.raises(TypeError, match=r"make_net\(MLP, module__<argument>=...\)"):
        make_net(MLP(2, 2))


def test_make_net_defaults_can_be_overridden():
    net = make_net(lr=0.5, iterator_train__shuffle=False)
    assert isinstance(net, LeanNet)
    assert net.lr == 0.5
    assert net.get_params()["iterator_train__shuffle"] is False


def test_sizes_that_the_module_takes_are_filled_in_and_the_users_are_kept():
    class Sized(nn.Module):
        def __init__(self, n_features, n_classes, input_shape, n_channels):
            super().__init__()

    net = build_net(make_net(Sized, module__n_channels=7), n_classes=5, sample_shape=(3, 8, 8))
    assert net.get_params_for("module") == {
        "n_features": 192,
        "n_classes": 5,
        "input_shape": (3, 8, 8),
        "n_channels": 7,
    }


def test_plain_nets_get_the_lean_loop_and_others_keep_their_class():
    class Own(NeuralNetClassifier):
        pass

    classifier = (NeuralNetClassifier, LeanClassifierNet)
    for kind, expected in (classifier, (NeuralNet, LeanNet), (Own, Own)):
        losses = {"criterion": nn.CrossEntropyLoss} if kind is NeuralNet else {}
        built = build_net(kind(MLP, **losses), n_classes=2, sample_shape=(3,))
        assert type(built) is expected
        assert built.criterion is nn.CrossEntropyLoss
        assert built.iterator_train is make_loader


def test_iterator_that_the_user_chose_is_kept():
    net = NeuralNet(MLP, nn.CrossEntropyLoss, iterator_train__num_workers=2)
    assert build_net(net, n_classes=2, sample_shape=(3,)).iterator_train is DataLoader


def test_the_users_net_is_not_touched():
    net = make_net()
    before = net.get_params(deep=False)
    build_net(net, n_classes=2, sample_shape=(3,))
    assert net.get_params(deep=False) == before


@pytest.mark.parametrize("form", [None, MLP, make_net(), MLP(2, 2)])
def test_forms_of_a_network_are_known(form):
    assert is_net(form)
    assert not is_net(np.eye(2))


@pytest.mark.parametrize(
    ("kind", "n_features", "module"),
    [
        (None, 5, MLP),
        ("table", 5, TableMLP),
        ("sparse", 5, TableMLP),
        ("sparse", 5000, SparseLinear),
    ],
)
def test_the_default_network_suits_the_rows_and_a_given_one_is_taken_as_it_is(
    kind, n_features, module
):
    rows = {"n_classes": 3, "sample_shape": (n_features,), "kind": kind, "n_rows": 3000}
    assert build_net(None, **rows).module is module
    assert build_net(make_net(), **rows).module is MLP
    assert build_net(nn.Flatten, **rows).module is nn.Flatten
    if module is SparseLinear:
        assert build_net(None, **rows).batch_size == 300
