"""The module is looked at before it is trained, and looks afterwards as if it had not been."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from helpers import X, Y, train, weights_of
from sklearn.base import clone
from torch import nn

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy._net import build_net, predict_proba
from sknoisy._net._examination import examine
from sknoisy.modules import MLP


class Lazy(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.n_calls = 0
        self.layers = nn.Sequential(
            nn.LazyLinear(16), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(n_classes)
        )

    def forward(self, rows):
        self.n_calls += 1
        return self.layers(rows)


def quick(module, **settings):
    return make_net(module, max_epochs=10, lr=0.01, **settings)


def test_lazy_modules_train_predict_pickle_and_clone():
    clf = RobustLossClassifier(quick(Lazy), random_state=0)
    clf.fit(X, Y)
    assert clf.score(X, Y) > 0.9
    layers = clf.estimator_.module_.layers
    assert type(layers[0]) is nn.Linear
    assert layers[0].in_features == 6
    assert layers[1].running_mean.abs().max() > 0
    for again in (pickle.loads(pickle.dumps(clf)), clone(clf).fit(X, Y)):
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    state = {name: value.clone() for name, value in layers.state_dict().items()}
    trained = clf.partial_fit(X, Y).estimator_.module_.layers.state_dict()
    assert all(not torch.equal(value, state[name]) for name, value in trained.items())


def test_lazy_modules_start_from_the_first_stage():
    clf = ForwardCorrectedClassifier(quick(Lazy), start="first_stage", random_state=0)
    assert clf.fit(X, Y).score(X, Y) > 0.8


def test_lazy_weights_depend_on_the_seed_alone():
    first, second = (train(quick(Lazy)) for _ in range(2))
    assert torch.equal(weights_of(first), weights_of(second))


class Remembering(nn.Module):
    """Keeps a count, statistics and a tensor of its first pass."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.n_calls = 0
        self.scale = None
        self.register_buffer("n_rows", torch.zeros(()))
        self.norm = nn.BatchNorm1d(n_features)
        self.layer = nn.Linear(n_features, n_classes)

    def forward(self, rows):
        self.n_calls += 1
        self.n_rows += len(rows)
        if self.scale is None:
            self.scale = torch.ones(rows.shape[1])
        return self.layer(self.norm(rows) * self.scale)


def test_the_look_leaves_no_trace():
    net = build_net(make_net(Remembering), n_classes=2, sample_shape=(6,)).initialize()
    before = pickle.dumps(net.module_)
    state = torch.get_rng_state()
    examine(net, X, Y, n_classes=2)
    assert pickle.dumps(net.module_) == before
    assert torch.equal(torch.get_rng_state(), state)


def test_what_a_module_keeps_from_a_prediction_can_be_trained_with():
    clf = RobustLossClassifier(make_net(Remembering, max_epochs=1), random_state=0).fit(X, Y)
    clf.estimator_.module_.scale = None
    clf.predict(X)
    clf.partial_fit(X, Y)
    assert len(clf.history_) == 2


class NotCopied(MLP):
    def __deepcopy__(self, memo):
        raise RuntimeError("only leaves can be copied")


def test_a_module_that_cannot_be_copied_is_looked_at_in_a_new_one():
    copied, not_copied = (train(make_net(module, max_epochs=1)) for module in (MLP, NotCopied))
    assert torch.equal(weights_of(copied), weights_of(not_copied))
    with pytest.raises(ValueError, match=r"logits of shape \(n_samples, 2\)"):
        train(make_net(NotCopied, module__n_classes=3))


class MadeLate(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.n_classes = n_classes
        self.first = nn.Linear(6, 6)
        self.last = None

    def forward(self, rows):
        if self.last is None:
            self.last = nn.Linear(6, self.n_classes)
        return self.last(self.first(rows))


def test_parameters_made_in_forward_are_refused_since_nothing_would_train_them():
    with pytest.raises(ValueError, match=r"first forward pass, \['last.bias', 'last.weight'\]"):
        train(make_net(MadeLate))


def test_what_the_module_raises_is_told_with_the_rows_that_it_got():
    class ForTables(nn.Module):
        def __init__(self, n_classes):
            super().__init__()
            self.norm = nn.BatchNorm1d(4)
            self.layer = nn.Linear(4, n_classes)

        def forward(self, rows):
            return self.layer(self.norm(rows))

    clf = RobustLossClassifier(make_net(ForTables))
    with pytest.raises(ValueError, match=r"shape and type of X.*\(8, 1, 2, 2\).*2D or 3D input"):
        clf.fit(X[:, :4].reshape(-1, 1, 2, 2), Y)


class EmbedsFirst(nn.Module):
    """Column 0 is a category of ten; its table is declared before or after the other layer."""

    def __init__(self, n_classes):
        super().__init__()
        self.table = nn.Embedding(10, 3)
        self.layer = nn.Linear(8, n_classes)

    def forward(self, rows):
        self.dtype = rows.dtype
        return self.layer(torch.cat([self.table(rows[:, 0].long()), rows[:, 1:].float()], dim=1))


class EmbedsLast(EmbedsFirst):
    def __init__(self, n_classes):
        super().__init__(n_classes)
        self.table = self._modules.pop("table")


class EmbedsTokens(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.layer = nn.Linear(2, n_classes)
        self.table = nn.Embedding(10, 2)

    def forward(self, rows):
        return self.layer(self.table(rows).mean(dim=1))


class IndexesTable(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.table = nn.Parameter(torch.randn(10, n_classes))

    def forward(self, rows):
        return self.table[rows].sum(dim=1)


class PositionsOfPixels(nn.Module):
    """A network for images whose embedding is not for X."""

    def __init__(self, n_classes):
        super().__init__()
        self.table = nn.Embedding(6, 4)
        self.layer = nn.Linear(1, 4)
        self.last = nn.Linear(4, n_classes)

    def forward(self, rows):
        places = self.table(torch.arange(rows.shape[1]))
        return self.last((self.layer(rows[:, :, None]) + places).mean(dim=1))


TOKENS = np.random.default_rng(1).integers(0, 10, size=(230, 6))


@pytest.mark.parametrize("module", [EmbedsFirst, EmbedsLast])
def test_features_stay_floats_wherever_an_embedding_is_declared(module):
    rows = X.copy()
    rows[:, 0] = TOKENS[:, 0]
    labels = (X[:, 1] > 0).astype(int)
    clf = RobustLossClassifier(make_net(module, max_epochs=30, lr=0.01), random_state=0)
    assert clf.fit(rows, labels).score(rows, labels) > 0.9
    assert clf.estimator_.module_.dtype == torch.float32


@pytest.mark.parametrize("module", [EmbedsTokens, IndexesTable, PositionsOfPixels])
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_integers_reach_the_module_in_the_type_that_it_takes(module, dtype):
    clf = RobustLossClassifier(make_net(module, max_epochs=2), random_state=0)
    clf.fit(TOKENS.astype(dtype), Y)
    assert clf.predict(TOKENS).shape == Y.shape
    # Whole numbers are taken for what fit saw, whatever their type is.
    expected = clf.predict_proba(TOKENS)
    np.testing.assert_array_equal(clf.predict_proba(TOKENS.astype(float)), expected)


def test_the_type_of_fit_is_that_of_prediction():
    clf = RobustLossClassifier(make_net(EmbedsFirst, max_epochs=1), random_state=0)
    rows = np.abs(X)
    rows[:, 0] = TOKENS[:, 0]
    clf.fit(rows, Y).predict(TOKENS)
    assert clf.estimator_.module_.dtype == torch.float32


def test_floats_for_a_network_of_tokens_are_refused():
    clf = RobustLossClassifier(make_net(EmbedsTokens, max_epochs=1), random_state=0)
    with pytest.raises(ValueError, match=r"Token ids must be integers in X: X.astype\(int\)"):
        clf.fit(TOKENS.astype(float), Y)
    clf.fit(TOKENS, Y)
    with pytest.raises(ValueError, match="X must hold integers such as token ids"):
        clf.predict(TOKENS + 0.5)


def test_posteriors_of_a_net_fitted_elsewhere_need_no_look():
    net = train(make_net(max_epochs=1))
    expected = predict_proba(net, X)
    del vars(net)["_module_input"]
    np.testing.assert_array_equal(predict_proba(net, X), expected)


class Deprecated(nn.Module):
    """Warns, and wraps the warning as PyTorch's compiler does."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.layer = nn.Linear(n_features, n_classes)

    def forward(self, X):
        try:
            warnings.warn("this may run slower", RuntimeWarning, stacklevel=1)
        except RuntimeWarning as warning:
            raise RuntimeError("the compiler failed") from warning
        return self.layer(X)


def test_a_warning_that_is_an_error_is_not_told_as_a_misfit_of_the_rows():
    with pytest.raises(RuntimeError, match="the compiler failed"):
        train(make_net(Deprecated))
