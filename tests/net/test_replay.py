"""Replayed training steps give the network of ordinary ones, in every bit."""

import pickle

import numpy as np
import pytest
import torch
from helpers import T2, WEIGHT, Linear, X, Y, train, weights_of
from skorch.callbacks import Callback, LRScheduler
from torch import nn
from torch.nn import functional as F

from sknoisy import make_net
from sknoisy._net import build_net, fit_net, predict_proba
from sknoisy._net._replay import _replaying
from sknoisy.losses import LOSSES
from sknoisy.modules import MLP, ConvNet, EmbeddingClassifier, FlipAndCrop, PreActResNet, TableMLP

REPLAYED = []


def n_replayed(step):
    """Sizes of batches that are replayed; 0 of an ordinary step."""
    return sum(size.program is not None for size in getattr(step, "sizes", {}).values())


class Spy(Callback):
    """Notes how many sizes of batches are replayed in each epoch."""

    def on_epoch_end(self, net, **kwargs):
        REPLAYED.append(n_replayed(net._step))


@pytest.fixture(autouse=True)
def _early_and_seen(monkeypatch):
    monkeypatch.setattr(_replaying, "BATCHES_BEFORE_RECORDING", 2)
    REPLAYED.clear()


def both(weight=None, callbacks=(), replay="auto", **settings):
    """The same training with and without replays."""
    settings = {"max_epochs": 4, "batch_size": 32} | settings
    nets = []
    for choice in (replay, False):
        watchers = [Spy(), *(callback() for callback in callbacks)]
        nets.append(train(make_net(replay=choice, callbacks=watchers, **settings), weight))
    return nets


def check_same(nets):
    own, other = nets
    assert torch.equal(weights_of(own), weights_of(other))
    for mine, theirs in zip(
        own.module_.state_dict().values(), other.module_.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs)
    for mine, theirs in zip(own.module_.parameters(), other.module_.parameters(), strict=True):
        assert (mine.grad is None) == (theirs.grad is None)
        assert mine.grad is None or torch.equal(mine.grad, theirs.grad)
    assert own.history_[:, "train_loss"] == other.history_[:, "train_loss"]
    for name, (mine, theirs) in {
        name: (own.optimizer_.state[p], other.optimizer_.state[q])
        for (name, p), q in zip(
            own.module_.named_parameters(), other.module_.parameters(), strict=True
        )
    }.items():
        assert mine.keys() == theirs.keys(), name
        assert all(torch.equal(torch.as_tensor(mine[k]), torch.as_tensor(theirs[k])) for k in mine)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"module": TableMLP},
        {"module": TableMLP, "module__hidden_sizes": (), "module__n_members": 3},
        {"module__dropout": 0.3},
        {"module__hidden_sizes": ()},
        {"optimizer": torch.optim.AdamW, "optimizer__weight_decay": 0.1},
        {"optimizer__amsgrad": True},
        {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9},
        {"optimizer": torch.optim.Adagrad},
        {"optimizer__foreach": True},
        {"batch_size": 115},
    ],
    ids=[
        "plain",
        "table",
        "linear members",
        "dropout",
        "linear",
        "adamw",
        "amsgrad",
        "sgd",
        "adagrad",
        "foreach",
        "two",
    ],
)
def test_settings_do_not_depend_on_replays(settings, weight):
    check_same(both(weight, **settings))
    assert REPLAYED[3] >= 1
    assert REPLAYED[4:] == [0] * 4


@pytest.mark.parametrize("name", LOSSES)
def test_losses_do_not_depend_on_replays(name):
    matrix = {"transition_matrix": T2} if LOSSES[name].needs_transition_matrix else {}
    settings = {f"criterion__{key}": value for key, value in matrix.items()}
    check_same(both(criterion=LOSSES[name], **settings))
    # What keeps a memory of rows is left alone; an output layer with buffers is not.
    assert (REPLAYED[3] > 0) == (name != "early_learning")


class Images(nn.Sequential):
    """Convolutions, batch normalisation and pooling, of PyTorch's own modules."""

    def __init__(self, n_classes):
        super().__init__(
            nn.Unflatten(1, (1, 2, 3)),
            nn.Conv2d(1, 4, 2, padding=1),
            nn.BatchNorm2d(4),
            nn.GELU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(8, n_classes),
        )


def test_user_modules_are_replayed_only_if_trusted():
    check_same(both(module=Images))
    assert REPLAYED == [0] * 8
    REPLAYED.clear()
    check_same(both(module=Images, replay=True))
    assert REPLAYED[1:4] == [1, 2, 2]


@pytest.mark.parametrize(
    ("module", "shape", "settings"),
    [
        (ConvNet, (3, 8, 8), {"module__augmentation": FlipAndCrop}),
        (ConvNet, (3, 8, 8), {}),
        (PreActResNet, (3, 8, 8), {"module__depth": 8}),
        (EmbeddingClassifier, (6,), {"module__n_tokens": 9}),
    ],
    ids=["augmented", "convolutions", "residual", "text"],
)
def test_reference_networks_do_not_depend_on_replays(module, shape, settings):
    generator = np.random.default_rng(0)
    rows = generator.integers(9, size=(40, *shape))
    states = []
    for replay in ("auto", False):
        net = make_net(module, replay=replay, batch_size=16, max_epochs=3, **settings)
        net = build_net(net, n_classes=2, sample_shape=shape)
        rows = rows if len(shape) == 1 else rows.astype(np.float32)
        fit_net(net, rows, np.arange(40) % 2, None, n_classes=2, seed=0)
        states.append(net.module_.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_sizes_of_few_batches_are_not_worth_a_recording(monkeypatch):
    monkeypatch.setattr(_replaying, "BATCHES_BEFORE_RECORDING", 5)
    check_same(both())
    assert REPLAYED[:4] == [1] * 4


def test_what_the_module_does_besides_is_noticed():
    class Halving(Linear):
        def forward(self, X):
            self.calls = getattr(self, "calls", 0) + 1
            return super().forward(X) / self.calls

    check_same(both(module=Halving, replay=True))
    assert REPLAYED == [0] * 8


class OwnParameter(nn.Parameter):
    pass


def replace_weight(layer):
    layer.weight = OwnParameter(layer.weight.data)


@pytest.mark.parametrize(
    ("change", "n_sizes"),
    [
        (lambda layer: None, 2),
        (lambda layer: layer.register_forward_hook(lambda module, args, output: output * 2), 0),
        (lambda layer: layer.weight.register_hook(lambda gradient: gradient * 2), 0),
        (lambda layer: setattr(layer, "forward", lambda X: F.linear(X, layer.weight)), 0),
        (lambda layer: nn.utils.parametrizations.weight_norm(layer), 0),
        (replace_weight, 0),
    ],
    ids=["plain", "hook", "hook of a weight", "other forward", "weight norm", "own parameter"],
)
def test_modules_that_do_more_than_their_classes_say_are_not_replayed(change, n_sizes):
    def module(n_features, n_classes):
        network = MLP(n_features, n_classes)
        change(network.layers[1])
        return network

    check_same(both(module=module))
    assert max(REPLAYED) == n_sizes


def test_changes_between_epochs_are_taken_up():
    def scheduler():
        return LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5)

    class Freeze(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 3:
                net.module_.layers[1].requires_grad_(False)

    class Replace(Callback):
        def on_epoch_end(self, net, **kwargs):
            weight = net.module_.layers[4].weight
            weight.data = 0.9 * weight.data

    class Dropping(Callback):
        def on_epoch_begin(self, net, **kwargs):
            net.module_.layers[3].p = 0.1 * len(net.history)

    class Dilate(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 3:
                net.module_[1].dilation = (2, 1)

    settings = {"module__hidden_sizes": (8, 8), "module__dropout": 0.2}
    check_same(both(callbacks=[scheduler], **settings))
    check_same(both(callbacks=[Freeze], **settings))
    check_same(both(callbacks=[Replace], **settings))
    check_same(both(callbacks=[Dropping], **settings))
    check_same(both(callbacks=[Dilate], module=Images, replay=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda program: lambda *inputs: (program(*inputs)[0] + 1e-7, *program(*inputs)[1:]),
        lambda program: lambda *inputs: program(*inputs).no_such_attribute,
    ],
    ids=["rounds otherwise", "raises"],
)
def test_a_replay_that_differs_is_not_used(monkeypatch, change):
    write = _replaying.as_program
    monkeypatch.setattr(_replaying, "as_program", lambda *a, **k: change(write(*a, **k)))
    check_same(both())
    assert REPLAYED == [0] * 8


def test_nothing_is_recorded_under_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        check_same(both())
    assert REPLAYED == [0] * 8


class Pickling(Callback):
    def on_epoch_end(self, net, **kwargs):
        net.pickled = pickle.dumps(net)


def test_fitted_net_holds_no_recording_and_can_be_pickled_and_trained_on():
    net = train(make_net(max_epochs=4, callbacks=[Pickling()]))
    assert pickle.loads(net.pickled)._step is None
    assert net._step is None
    again = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(predict_proba(again, X), predict_proba(net, X))
    net.partial_fit(X, np.zeros(len(X), dtype=int))
    assert len(net.history_) == 8


def test_a_later_training_of_a_net_records_at_its_second_batch(monkeypatch):
    monkeypatch.setattr(_replaying, "BATCHES_BEFORE_RECORDING", 10)
    net = train(make_net(max_epochs=2, batch_size=32, callbacks=[Spy()]))
    assert REPLAYED == [0, 1]
    unpickled = pickle.loads(pickle.dumps(net))
    for again in (net, unpickled):
        fit_net(again, X, Y, n_classes=2, seed=4)
    assert REPLAYED[2:] == [1, 1, 0, 1]
    assert torch.equal(weights_of(net), weights_of(unpickled))
