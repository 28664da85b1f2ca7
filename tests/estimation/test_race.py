"""Of very many rows a part chooses among nets, and what wins alone is trained on all."""

import numpy as np
import pytest

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy._estimation import _race
from sknoisy._net import as_dataset, left_out_losses, left_out_proba
from sknoisy._net._stored import read_net, written_net
from sknoisy.modules import MixedTableMLP, TableMLP

SETTINGS = {"loss": "cross_entropy", "n_iter_no_change": 3, "random_state": 0}


def wide_rows(n_rows, is_linear):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 220))
    signal = X[:, :10].sum(axis=1) if is_linear else np.abs(X[:, :3]).sum(axis=1) - 2.3
    return X.astype(np.float32), (signal > 0).astype(int)


nets = []  # Of the trainings, in their order.


@pytest.fixture
def trainings(monkeypatch):
    """Rows, members, held-out rows and seen weights of each training."""
    seen, train = [], _race.fit_net
    nets.clear()

    def recorded(net, X, y, sample_weight=None, **training):
        train(net, X, y, sample_weight, **training)
        if isinstance(net.module_, MixedTableMLP):
            return net
        is_linear = len(net.module_.weights) == 1
        seen.append((len(y), net.module_.n_members, is_linear, training, sample_weight))
        nets.append(net)
        return net

    monkeypatch.setattr(_race, "fit_net", recorded)
    monkeypatch.setattr(_race, "RACE_ROWS", 600)
    return seen


@pytest.mark.parametrize("is_linear", [True, False])
def test_a_part_of_many_rows_chooses(trainings, is_linear):
    X, y = wide_rows(1000, is_linear)
    RobustLossClassifier(**SETTINGS, n_members=5).fit(X, y)
    assert [rows for rows, *_ in trainings] == [600, 600, 1000]
    assert [members for _, members, *_ in trainings] == [1, 1, 5]
    assert trainings[-1][2] == is_linear
    fold = trainings[0][3]["held_out"].fold
    assert set(fold) == {0, -1}
    assert 80 < (fold == 0).sum() < 160  # A fold of five.


def test_rows_with_several_labels_keep_all_of_them(trainings):
    X, y = wide_rows(1000, True)
    RobustLossClassifier(**SETTINGS, n_members=5).fit(
        X, np.where(np.arange(2) == y[:, None], 0.75, 0.25)
    )
    assert [rows for rows, *_ in trainings] == [1200, 1200, 2000]
    *_, weight = trainings[0]
    assert np.unique(weight).tolist() == [0.25, 0.75]
    assert (weight == 0.25).sum() == 600


def test_few_rows_are_all_seen_by_all_nets(trainings):
    X, y = wide_rows(600, True)
    RobustLossClassifier(**SETTINGS).fit(X, y)
    assert [(rows, members) for rows, members, *_ in trainings] == [(600, 5), (600, 5)]


def test_weights_and_matrices_go_with_the_rows(trainings):
    X, y = wide_rows(1000, True)
    weights = np.where(np.arange(1000) < 500, 1.0, 3.0)
    T = np.array([[0.9, 0.1], [0.2, 0.8]])
    by_group = {"a": T, "b": T[::-1, ::-1]}
    clf = ForwardCorrectedClassifier(transition_matrix=by_group, n_iter_no_change=3, random_state=0)
    groups = np.where(np.arange(1000) < 500, "a", "b")
    clf.fit(X, y, sample_weight=weights, noise_groups=groups)
    in_part = [t for t in trainings if t[0] == 600]
    assert len(in_part) == 2
    for *_, training, weight in in_part:
        heavy = weight == weight.max()
        assert 200 < heavy.sum() < 400
        np.testing.assert_array_equal(training["matrix"], heavy)


def both_kinds(n_rows=600, **settings):
    X, y = wide_rows(n_rows, True)
    clf = RobustLossClassifier(**SETTINGS, keep_proba=True, **settings).fit(X, y)
    return clf, X, y


def test_kinds_that_are_close_are_averaged(trainings, monkeypatch):
    monkeypatch.setattr(_race, "_are_as_likely_together", lambda *_: True)
    clf, X, y = both_kinds()
    assert isinstance(clf.estimator_.module_, MixedTableMLP)
    assert [members for _, members, *_ in trainings] == [5, 5]
    asked = [net.predict_proba(X) for net in nets]
    np.testing.assert_allclose(clf.predict_proba(X), np.mean(asked, axis=0), atol=1e-6)
    held_out = trainings[0][3]["held_out"]
    left_out = [left_out_proba(net, as_dataset(net, X, y), held_out) for net in nets]
    np.testing.assert_allclose(clf.clean_proba_, np.mean(left_out, axis=0), atol=1e-12)
    assert np.abs(clf.clean_proba_ - clf.predict_proba(X)).max() > 0.01
    losses = [min(net.history[:, "valid_loss"]) for net in nets]
    assert min(clf.history_[:, "valid_loss"]) == min(losses)


@pytest.mark.parametrize("settings", [{"n_members": 5}, {}])
def test_one_kind_is_kept_where_it_is_asked_for_or_better(trainings, monkeypatch, settings):
    close = bool(settings)
    monkeypatch.setattr(_race, "_are_as_likely_together", lambda *_: close)
    clf, *_ = both_kinds(**settings)
    assert isinstance(clf.estimator_.module_, TableMLP)


def test_losses_of_left_out_rows_are_those_of_the_mean_posterior(trainings):
    X, y = wide_rows(600, True)
    weights = np.where(np.arange(600) < 300, 0.5, 1.5)
    T = np.array([[0.9, 0.1], [0.2, 0.8]])
    settings = {"n_iter_no_change": 3, "n_members": 5, "random_state": 0}
    ForwardCorrectedClassifier(transition_matrix=T, **settings).fit(X, y, sample_weight=weights)
    held_out = trainings[0][3]["held_out"]
    asked = [left_out_proba(net, as_dataset(net, X, y), held_out) for net in nets]
    losses, weights_seen = left_out_losses(nets, X, y, weights, None, held_out)
    order = np.argsort(held_out.fold, kind="stable")
    expected = -np.log((np.mean(asked, axis=0) @ T)[np.arange(600), y])
    np.testing.assert_allclose(losses, expected[order], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weights_seen, weights[order])


@pytest.mark.parametrize(("gain", "both"), [(0.5, True), (-0.01, True), (-0.5, False)])
def test_both_are_taken_unless_they_are_worse_by_a_standard_error(monkeypatch, gain, both):
    noise = np.tile([-1.0, 1.0], 50)  # A standard error of 0.1.

    def losses(nets, *_):
        return (np.zeros(100) if len(nets) == 1 else noise - gain), np.ones(100)

    monkeypatch.setattr(_race, "left_out_losses", losses)
    monkeypatch.setattr(_race, "held_out_loss", lambda loss: loss)
    monkeypatch.setattr(_race, "can_be_averaged", lambda loss: True)
    part = _race.Part(None, np.zeros(100), None, None)
    assert _race._chosen([2.0, 1.0], part, None, True) == ([0, 1] if both else [1])
    assert _race._chosen([2.0, 1.0], part, None, False) == [1]


def test_losses_with_a_layer_of_their_own_keep_one_kind(trainings, monkeypatch):
    monkeypatch.setattr(_race, "_are_as_likely_together", lambda *_: True)
    X, y = wide_rows(600, True)
    clf = RobustLossClassifier(**{**SETTINGS, "loss": "unhinged"}).fit(X, y)
    assert isinstance(clf.estimator_.module_, TableMLP)


def test_both_kinds_can_be_stored_and_trained_on(trainings, monkeypatch):
    monkeypatch.setattr(_race, "_are_as_likely_together", lambda *_: True)
    clf, X, y = both_kinds()
    net = clf.estimator_
    rates = [group["lr"] for group in net.optimizer_.param_groups]
    assert sorted(rates) == sorted(one.lr for one in nets)
    stored = read_net(written_net(net))
    np.testing.assert_array_equal(stored.predict_proba(X), net.predict_proba(X))
    assert [group["lr"] for group in stored.optimizer_.param_groups] == rates
    before = {name: part.clone() for name, part in net.module_.state_dict().items()}
    clf.partial_fit(X, y)
    after = clf.estimator_.module_.state_dict()
    moved = {name for name, part in after.items() if not part.equal(before[name])}
    assert {name for name in moved if "scaling" in name or "pieces" in name} == set()
    assert {name.split(".")[0] for name in moved} == {"networks", "linear"}


def test_a_mean_posterior_may_be_worse_by_so_many_errors(monkeypatch):
    gain = np.random.default_rng(0).normal(size=400)
    gain -= gain.mean() + 2 * gain.std() / np.sqrt(400)  # Two errors below zero.
    losses = {1: np.zeros(400), 2: -gain}
    monkeypatch.setattr(
        _race, "left_out_losses", lambda nets, *of: (losses[len(nets)], np.ones(400))
    )
    part = _race.Part(None, np.zeros(400, int), None, None)
    found = [
        _race._are_as_likely_together(["a", "b"], "a", part, None, n) for n in (1, 1.9, 2.1, 4)
    ]
    assert found == [False, False, True, True]


@pytest.mark.parametrize(("n_rows", "n_errors"), [(500, 1.0), (1200, 2.0), (2400, 3.0)])
def test_each_doubling_of_the_rows_adds_an_error(trainings, monkeypatch, n_rows, n_errors):
    asked = []
    monkeypatch.setattr(
        _race, "_are_as_likely_together", lambda *of: bool(asked.append(of[-1])) or False
    )
    RobustLossClassifier(**SETTINGS).fit(*wide_rows(n_rows, True))
    assert asked == [n_errors]
