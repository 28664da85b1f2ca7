"""Left-out rows stop a training, and each member goes back to its best weights."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sknoisy import make_net
from sknoisy._net import HeldOut, build_net, fit_net, predict_proba
from sknoisy.losses import ForwardLoss
from sknoisy.modules import MLP, TableMLP

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 5)).astype(np.float32)
Y = (X[:, 0] + 0.5 * RNG.normal(size=240) > 0).astype(np.int64)
NOISY = np.where(RNG.random(240) < 0.3, 1 - Y, Y)
FOLD = np.arange(240) % 3
SMALL = {"max_epochs": 60, "batch_size": 64, "lr": 0.01}


def trained(module, fold, n_members=1, patience=5, **settings):
    net = build_net(
        make_net(module, **{**SMALL, **settings}),
        n_classes=2,
        sample_shape=(5,),
        n_members=n_members,
    )
    held_out = HeldOut(fold, patience)
    return fit_net(net, X, NOISY, n_classes=2, seed=0, held_out=held_out)


def loss_of(net, member, rows):
    with torch.no_grad():
        module, inputs = net.module_, torch.from_numpy(X[rows])
        logits = module.logits_of(member, inputs) if n_of(module) > 1 else module(inputs)
        labels = torch.from_numpy(NOISY[rows])
        return torch.nn.functional.cross_entropy(logits, labels).item()


def n_of(module):
    return getattr(module, "n_members", 1)


@pytest.mark.parametrize("module", [MLP, TableMLP])
def test_members_of_any_module_end_at_their_best_epoch(module):
    net = trained(module, FOLD, n_members=3)
    recorded = net.history_[:, "valid_loss"]
    assert len(recorded) < 60
    final = np.mean([loss_of(net, m, FOLD == m) for m in range(3)])
    # Each has its own best epoch, so that together they are at least as good as in any epoch.
    assert final <= min(recorded) + 1e-6
    assert net.history_[-1, "valid_loss"] > min(recorded)


@pytest.mark.parametrize("module", [MLP, TableMLP])
def test_a_single_network_ends_at_its_best_epoch(module):
    fold = np.where(FOLD == 0, 0, -1)
    net = trained(module, fold)
    recorded = net.history_[:, "valid_loss"]
    assert loss_of(net, 0, fold == 0) == pytest.approx(min(recorded), abs=1e-6)
    assert len(recorded) == int(np.argmin(recorded)) + 1 + 5


def test_left_out_rows_are_not_trained_on():
    def final(labels_of_left_out, n_members):
        fold = FOLD if n_members > 1 else np.where(FOLD == 0, 0, -1)
        y = np.where(FOLD == 0, labels_of_left_out, NOISY)
        net = build_net(
            make_net(TableMLP, max_epochs=3, module__dropout=0.0),
            n_classes=2,
            sample_shape=(5,),
            n_members=n_members,
        )
        fit_net(net, X, y, n_classes=2, seed=0, held_out=HeldOut(fold, 9), epochs=1)
        return net.module_.eval().logits_of(0, torch.from_numpy(X)).detach()

    for n_members in (1, 3):
        torch.testing.assert_close(final(0, n_members), final(1, n_members))


def test_weights_of_left_out_rows_count():
    weight = np.where(np.arange(240) < 120, 2.0, 0.0)
    losses = []
    for rows, weights in ((slice(0, 240), weight), (slice(0, 120), None)):
        net = build_net(make_net(MLP, lr=0.0, max_epochs=1), n_classes=2, sample_shape=(5,))
        fold = np.where(FOLD == 0, 0, -1)[rows]
        fit_net(net, X[rows], NOISY[rows], weights, n_classes=2, seed=0, held_out=HeldOut(fold, 3))
        losses.append(net.history_[0, "valid_loss"])
    assert losses[0] == pytest.approx(losses[1])


def test_left_out_rows_are_judged_by_the_corrected_loss():
    T = [[0.7, 0.3], [0.3, 0.7]]
    net = build_net(make_net(MLP, lr=0.0, max_epochs=1), n_classes=2, sample_shape=(5,))
    criterion = {"criterion": ForwardLoss, "criterion__transition_matrix": T}
    fold = np.where(FOLD == 0, 0, -1)
    fit_net(net, X, NOISY, n_classes=2, seed=0, criterion=criterion, held_out=HeldOut(fold, 3))
    q = predict_proba(net, X[FOLD == 0]) @ T
    expected = -np.log(q[np.arange(len(q)), NOISY[FOLD == 0]]).mean()
    assert net.history_[0, "valid_loss"] == pytest.approx(expected, rel=1e-5)


def test_the_optimizer_and_the_callbacks_see_all_members():
    class Watching(Callback):
        def on_epoch_end(self, net, **kwargs):
            self.n_epochs = len(net.history)

    net = trained(MLP, FOLD, n_members=3, callbacks=[("watching", Watching())])
    assert dict(net.callbacks_)["watching"].n_epochs == len(net.history_)
    assert len(net.optimizer_.param_groups[0]["params"]) == 3 * 6
