"""A skorch net of the user's is kept, all of it: its scores, callbacks, losses and errors."""

import pickle

import numpy as np
import pytest
import torch
from helpers import T3, Linear
from skorch import NeuralNetClassifier
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
    ProgressBar,
    TrainEndCheckpoint,
)
from skorch.dataset import ValidSplit
from torch import nn

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy.callbacks import BestEpoch

SPLIT = ValidSplit(4, stratified=True)
NAMES = np.array(["ant", "bee", "cat"])


class Own(NeuralNetClassifier):
    """A class of the user's, which keeps skorch's loop."""


def settings_of(kind, n_rows):
    """What makes targets more than labels: weights, sources of noise, trusted rows."""
    some = np.arange(n_rows)
    return {
        "plain": ({}, {}),
        "weights": ({}, {"sample_weight": np.linspace(0.5, 1.5, n_rows)}),
        "groups": ({"transition_matrix": {0: T3, 1: np.eye(3)}}, {"noise_groups": some % 2}),
        "trusted": ({}, {"y_trusted": np.where(some < n_rows // 4, "ant", None)}),
    }[kind]


KINDS = ["plain", "weights", "groups", "trusted"]


def fitted(net, blobs, kind="plain", **params):
    X, y, _ = blobs
    more, passed = settings_of(kind, len(y))
    settings = {"transition_matrix": T3, "random_state": 0, **more, **params}
    return ForwardCorrectedClassifier(net, **settings).fit(X, NAMES[y], **passed)


def net_of(net_class, *callbacks, **settings):
    defaults = {"lr": 0.1, "max_epochs": 5, "train_split": SPLIT, "verbose": 0}
    return net_class(Linear, callbacks=list(callbacks), **{**defaults, **settings})


# %% Scores


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("net_class", [NeuralNetClassifier, Own])
def test_the_accuracy_of_a_classifier_net_is_recorded_and_can_be_watched(net_class, kind, blobs):
    stop = EarlyStopping(monitor="valid_acc", patience=3, lower_is_better=False)
    scores = [
        EpochScoring("accuracy", name="cached", lower_is_better=False),
        EpochScoring("accuracy", name="asked_again", use_caching=False),
        EpochScoring("neg_log_loss", name="log_loss", lower_is_better=False),
        EpochScoring("accuracy", name="of_training", on_train=True),
        BatchScoring("accuracy", name="by_batch"),
    ]
    clf = fitted(net_of(net_class, *scores, stop, max_epochs=40), blobs, kind)
    history, first = clf.history_, 8
    assert clf.n_iter_ < 40
    accuracy = history[first:, "valid_acc"]
    for column in ("cached", "asked_again", "by_batch"):
        np.testing.assert_allclose(history[first:, column], accuracy, atol=1e-6)
    assert max(accuracy) > 0.5
    assert all(loss < 0 for loss in history[first:, "log_loss"])
    assert len(history[first:, "of_training"]) == clf.n_iter_ - first


@pytest.mark.parametrize("kind", ["plain", "weights"])
def test_a_score_on_held_out_rows_leaves_the_training_to_the_fast_loop(kind, blobs):
    clf = fitted(net_of(NeuralNetClassifier, max_epochs=2), blobs, kind)
    batches = clf.history_[-1]["batches"]
    assert ["train_loss" in batch for batch in batches] == [True, False]
    slow = fitted(net_of(Own, max_epochs=2), blobs, kind)
    np.testing.assert_allclose(clf.predict_proba(blobs[0]), slow.predict_proba(blobs[0]))


@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_scores_that_predict_again_get_rows_in_the_type_of_the_module(dtype, blobs):
    X, y, _ = blobs
    again = EpochScoring("accuracy", name="again", use_caching=False)
    clf = RobustLossClassifier(net_of(Own, again), random_state=0)
    clf.fit((10 * (X - X.min())).astype(dtype), y)
    assert clf.history_[-1, "again"] == pytest.approx(clf.history_[-1, "valid_acc"])


# %% All callbacks


class Told(Callback):
    """What a callback is told of rows and labels."""

    def initialize(self):
        self.X_, self.y_, self.batches_ = None, None, []
        return self

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.X_, self.y_ = X, y

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        self.batches_.append(batch)

    def on_grad_computed(self, net, named_parameters, batch=None, **kwargs):
        self.batches_.append(batch)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("net_class", [NeuralNetClassifier, Own])
def test_callbacks_are_told_rows_and_column_numbers_as_by_skorch(net_class, kind, blobs):
    X, y, _ = blobs
    told = dict(fitted(net_of(net_class, Told()), blobs, kind).estimator_.callbacks_)["Told"]
    np.testing.assert_array_equal(told.X_, X)
    expected = np.where(np.arange(len(y)) < len(y) // 4, 0, y) if kind == "trusted" else y
    np.testing.assert_array_equal(told.y_, expected)
    assert all(isinstance(labels, torch.Tensor) for _, labels in told.batches_)
    assert all(rows.shape[1:] == X.shape[1:] for rows, _ in told.batches_)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("net_class", [NeuralNetClassifier, Own])
def test_callbacks_of_skorch_work_as_they_are(net_class, kind, blobs, tmp_path, capsys):
    folder = str(tmp_path)
    everything = [
        GradientNormClipping(1.0),
        LRScheduler("StepLR", step_size=1, step_every="batch"),
        EarlyStopping(patience=99),
        ProgressBar(),
        Checkpoint(dirname=folder, f_pickle="net.pkl"),
        TrainEndCheckpoint(dirname=folder),
        LoadInitState(Checkpoint(dirname=folder, fn_prefix="not_there")),
    ]
    clf = fitted(net_of(net_class, *everything), blobs, kind)
    assert clf.n_iter_ == 5
    assert capsys.readouterr().err
    # A checkpoint in the middle of the training is a net like any other.
    with open(tmp_path / "net.pkl", "rb") as file:
        checkpoint = pickle.load(file)
    assert checkpoint.predict(blobs[0]).shape == (len(blobs[0]),)
    checkpoint.set_params(callbacks=None, train_split=None)
    checkpoint.initialize_callbacks()
    checkpoint.partial_fit(blobs[0], blobs[1].astype(np.int64))
    (tmp_path / "train_end_params.pt").unlink()


class Sized(nn.Module):
    def __init__(self, input_dim=1):
        super().__init__()
        self.layer = nn.Linear(input_dim, 3)

    def forward(self, X):
        return self.layer(X)


class SetsWidth(Callback):
    def on_train_begin(self, net, X=None, y=None, **kwargs):
        net.set_params(module__input_dim=X.shape[1])


@pytest.mark.parametrize("start", ["random", "first_stage"])
@pytest.mark.parametrize("setter", [InputShapeSetter(), SetsWidth()])
def test_the_module_can_be_made_as_the_training_begins(setter, start, blobs):
    X, y, clean = blobs
    net = make_net(Sized, callbacks=[setter], lr=0.05, max_epochs=10)
    clf = ForwardCorrectedClassifier(net, start=start, random_state=0).fit(X, y)
    assert clf.score(X, clean) > 0.8
    # All epochs trained the same module: that of the warm-up is not thrown away.
    losses = clf.history_[:, "train_loss"]
    assert losses[0] > losses[1]
    clf.set_params(transition_matrix=T3).fit(X[:, :5], y)
    assert clf.estimator_.module_.layer.in_features == 5


def test_what_is_frozen_at_the_first_epoch_is_so_in_the_warm_up(blobs):
    def trained(*callbacks, lr):
        net = make_net(Linear, callbacks=list(callbacks), max_epochs=5, lr=lr)
        clf = RobustLossClassifier if not callbacks else ForwardCorrectedClassifier
        clf = clf(net, random_state=0)
        if callbacks:
            clf.set_params(transition_matrix=T3)
        return clf.fit(*blobs[:2]).estimator_.module_.layer

    frozen, fresh = trained(Freezer("layer.bias"), lr=0.01), trained(lr=0.0)
    assert torch.equal(frozen.bias, fresh.bias)
    assert not torch.equal(frozen.weight, fresh.weight)


# %% Errors


class Mistake(Exception):
    pass


class Fails(Callback):
    def __init__(self, verb):
        self.verb = verb

    def fail(self, verb):
        if verb == self.verb:
            raise Mistake(verb)

    def on_train_begin(self, net, **kwargs):
        self.fail("on_train_begin")

    def on_epoch_end(self, net, **kwargs):
        self.fail("on_epoch_end")

    def on_train_end(self, net, **kwargs):
        self.fail("on_train_end")


class FailsAtTheEnd(Callback):
    def on_train_end(self, net, **kwargs):
        raise RuntimeError("a consequence")


@pytest.mark.parametrize("verb", ["on_train_begin", "on_epoch_end", "on_train_end"])
@pytest.mark.parametrize("warm_up", [0, 1])
def test_an_error_of_a_callback_comes_through_as_it_is(verb, warm_up, blobs):
    callbacks = [Fails(verb), BestEpoch()]
    if verb != "on_train_end":
        callbacks.append(FailsAtTheEnd())
    net = make_net(Linear, max_epochs=3, train_split=SPLIT, callbacks=callbacks)
    with pytest.raises(Mistake, match=verb):
        fitted(net, blobs, warm_up=warm_up)


# %% Losses


class Penalised(NeuralNetClassifier):
    penalty = 0.0

    def get_loss(self, y_pred, y_true, *args, **kwargs):
        assert isinstance(y_true, torch.Tensor)
        assert y_true.shape == y_pred.shape[:1]
        loss = super().get_loss(y_pred, y_true, *args, **kwargs)
        return loss + self.penalty * self.module_.layer.weight.square().sum()


class Shrinking(Penalised):
    penalty = 1.0


class Ignoring(NeuralNetClassifier):
    def get_loss(self, y_pred, y_true, *args, **kwargs):
        return nn.functional.cross_entropy(y_pred, y_true)


@pytest.mark.parametrize("kind", KINDS)
def test_a_loss_of_the_users_net_is_used_with_all_that_targets_hold(kind, blobs):
    plain = fitted(net_of(NeuralNetClassifier), blobs, kind)
    same = fitted(net_of(Penalised), blobs, kind)
    np.testing.assert_allclose(same.predict_proba(blobs[0]), plain.predict_proba(blobs[0]))
    shrunk = fitted(net_of(Shrinking), blobs, kind)
    weights = [clf.estimator_.module_.layer.weight.norm() for clf in (plain, shrunk)]
    assert weights[1] < 0.5 * weights[0]


@pytest.mark.parametrize("kind", ["weights", "groups", "trusted"])
def test_a_loss_that_does_not_ask_the_criterion_is_used_with_a_warning(kind, blobs):
    with pytest.warns(UserWarning, match="does not hand the labels of the batch"):
        clf = fitted(net_of(Ignoring), blobs, kind)
    assert clf.n_iter_ == 5


def test_weights_reach_a_criterion_of_pytorch_in_a_loop_of_skorchs(blobs):
    X, y, _ = blobs
    weights = np.linspace(0, 2, len(y))
    clf = RobustLossClassifier(net_of(Own), loss=nn.CrossEntropyLoss, random_state=0)
    weighted = clf.fit(X, y, weights).predict_proba(X)
    lean = RobustLossClassifier(
        net_of(NeuralNetClassifier), loss=nn.CrossEntropyLoss, random_state=0
    )
    np.testing.assert_allclose(lean.fit(X, y, weights).predict_proba(X), weighted)
    assert not np.allclose(clf.fit(X, y).predict_proba(X), weighted)
