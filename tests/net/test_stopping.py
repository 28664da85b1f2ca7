"""Left-out rows stop a training, and each member goes back to its best weights."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sknoisy import make_net
from sknoisy._net import HeldOut, WarmUp, build_net, fit_net, predict_proba
from sknoisy.losses import CrossEntropy, ForwardLoss
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


def test_of_very_many_left_out_rows_some_are_asked(monkeypatch):
    fold = np.where(np.arange(240) < 120, 0, -1)
    monkeypatch.setattr("sknoisy._net._stopping.MAX_ROWS", 40)
    net = trained(TableMLP, fold)
    asked = np.linspace(0, 119, 40).astype(int)
    lowest = min(net.history_[:, "valid_loss"])
    assert loss_of(net, 0, asked) == pytest.approx(lowest, abs=1e-6)
    assert loss_of(net, 0, np.arange(120)) != pytest.approx(lowest, abs=1e-3)


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


def test_a_warm_up_is_recorded_and_does_not_count():
    warm_up = WarmUp({"criterion": CrossEntropy, "criterion__reduction": "sum"}, 4)
    net = build_net(make_net(MLP, **SMALL), n_classes=2, sample_shape=(5,))
    held_out = HeldOut(np.where(FOLD == 0, 0, -1), 2)
    fit_net(net, X, NOISY, n_classes=2, seed=0, warm_up=warm_up, held_out=held_out)
    recorded = net.history_[:, "valid_loss"]
    assert len(recorded) > 4  # It did not stop within the warm-up, though patience is 2.
    assert loss_of(net, 0, FOLD == 0) == pytest.approx(min(recorded[4:]), abs=1e-6)


class MeanLoss(torch.nn.Module):
    """A loss of a user's, who knows of neither members nor weights."""

    def forward(self, logits, labels):
        return torch.nn.functional.cross_entropy(logits, labels)


@pytest.mark.parametrize("criterion", [MeanLoss, torch.nn.CrossEntropyLoss])
def test_members_take_losses_that_do_not_know_them(criterion):
    def fitted(loss):
        net = build_net(
            make_net(TableMLP, module__dropout=0.0, **SMALL),
            n_classes=2,
            sample_shape=(5,),
            n_members=3,
        )
        settings = {"n_classes": 2, "seed": 0, "criterion": {"criterion": loss}}
        return fit_net(net, X, NOISY, **settings, held_out=HeldOut(FOLD, 5), epochs=2)

    theirs, ours = fitted(criterion), fitted(CrossEntropy)
    # A mean over the rows that a member learns from, in place of a mean over the batch.
    difference = predict_proba(theirs, X) - predict_proba(ours, X)
    assert 0 < np.abs(difference).max() < 0.05
    with_weights = fit_net(
        build_net(make_net(TableMLP), n_classes=2, sample_shape=(5,), n_members=3),
        X,
        NOISY,
        np.linspace(0.5, 1.5, 240),
        n_classes=2,
        seed=0,
        criterion={"criterion": torch.nn.CrossEntropyLoss},
        held_out=HeldOut(FOLD, 5),
        epochs=1,
    )
    assert np.isfinite(with_weights.history_[0, "valid_loss"])


def test_scales_and_pieces_are_set_once():
    calls = []

    class Counted(TableMLP):
        def fit_columns(self, X, sample_weight=None):
            calls.append(len(X))
            super().fit_columns(X, sample_weight)

    net = trained(Counted, FOLD, n_members=3, max_epochs=1)
    assert calls == [240]
    assert net.module_.scaling.location.abs().max() > 0
