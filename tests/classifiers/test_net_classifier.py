"""Networks, inputs, reproducibility, interruption: what every classifier has in common."""

import os
import signal
import threading

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import QUICK, T2, T3, Linear
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from skorch import NeuralNet, NeuralNetBinaryClassifier, NeuralNetClassifier
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.dataset import ValidSplit
from torch import nn
from torch.utils.data import Dataset

from sknoisy import (
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    make_net,
)
from sknoisy.noise import corrupt_labels


class AlwaysTwo(Linear):
    def __init__(self, n_features):
        super().__init__(n_features, 2)


class Probabilities(Linear):
    def forward(self, X):
        return super().forward(X).softmax(dim=1)


class OtherSize(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, X):
        return self.layer(X)


class OneByOne(NeuralNetClassifier):
    """A net with a step of its own."""

    steps = 0

    def train_step_single(self, batch, **fit_params):
        type(self).steps += 1
        return super().train_step_single(batch, **fit_params)


@pytest.mark.parametrize(
    "estimator",
    [
        Linear,
        make_net(Linear),
        NeuralNetClassifier(Linear, lr=0.1, verbose=0),
        NeuralNet(Linear, nn.CrossEntropyLoss, lr=0.1, verbose=0, criterion__label_smoothing=0.1),
        NeuralNetClassifier(Linear, lr=0.1, iterator_train__num_workers=0, verbose=0),
    ],
    ids=["class", "make_net", "classifier", "net", "own iterator settings"],
)
@pytest.mark.parametrize("weights", [None, "some"])
def test_any_skorch_net_serves_both_stages(estimator, weights, blobs):
    X, y, clean = blobs
    weights = None if weights is None else np.linspace(0.5, 1.5, len(y))
    before = repr(estimator)
    clf = ForwardCorrectedClassifier(estimator, random_state=0).fit(X, y, weights)
    assert clf.score(X, clean) > 0.8
    assert repr(estimator) == before


def test_settings_of_the_net_are_respected(blobs):
    X, y, _ = blobs
    net = NeuralNetClassifier(
        Linear,
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=0.1,
        lr=0.02,
        batch_size=32,
        max_epochs=50,
        train_split=ValidSplit(4, stratified=True),
        callbacks=[("stop", EarlyStopping(patience=3))],
        verbose=0,
    )
    clf = ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0).fit(X, y)
    group = clf.estimator_.optimizer_.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.02, 0.1)
    assert clf.n_iter_ == len(clf.history_) < 50
    assert clf.history_[0]["train_batch_count"] == 10  # 300 of 400 rows in batches of 32.
    assert "valid_loss" in clf.history_[0]


def test_a_net_with_steps_of_its_own_takes_them(blobs):
    X, y, clean = blobs
    OneByOne.steps = 0
    net = OneByOne(Linear, lr=0.1, max_epochs=4, batch_size=100, verbose=0)
    clf = ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0).fit(X, y)
    assert OneByOne.steps == 16
    assert type(clf.estimator_) is OneByOne
    assert clf.score(X, clean) > 0.5


def test_callbacks_that_listen_to_batches_are_called(blobs):
    X, y, _ = blobs
    net = make_net(max_epochs=2, callbacks=[EpochScoring("accuracy", on_train=True)])
    clf = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X, y)
    assert len(clf.history_[0]["batches"]) == 7
    assert "accuracy" in clf.history_[0]


def test_containers_and_types_of_one_table_give_one_classifier(blobs):
    X, y, _ = blobs
    X = np.round(X * 4).astype(np.int16)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0)
    expected = clone(clf).fit(X, y).predict_proba(X)
    polars = pytest.importorskip("polars")
    for other in (
        X.astype(np.float64),
        X.astype(np.float32),
        np.asfortranarray(X),
        sparse.csr_array(X),
        sparse.coo_array(X),
        pd.DataFrame(X),
        polars.DataFrame(X),
        torch.from_numpy(X),
    ):
        found = clone(clf).fit(other, y).predict_proba(other)
        np.testing.assert_array_equal(found, expected, err_msg=type(other).__name__)


def test_sparse_rows_are_never_dense_all_at_once():
    n = 3_000
    X = sparse.csr_array(sparse.random(n, 2_000, density=1e-3, format="csr", random_state=0))
    y = np.arange(n) % 2
    tracked = []
    original = sparse.csr_array.toarray
    patch = pytest.MonkeyPatch()
    with patch.context() as m:
        m.setattr(
            sparse.csr_array,
            "toarray",
            lambda self, *args, **kwargs: (
                tracked.append(self.shape[0]) or original(self, *args, **kwargs)
            ),
        )
        clf = ForwardCorrectedClassifier(
            make_net(max_epochs=1, batch_size=256), transition_matrix=T2, random_state=0
        ).fit(X, y)
        assert clf.predict_proba(X).shape == (n, 2)
    assert max(tracked) <= 512


class Conv(nn.Module):
    def __init__(self, n_channels, n_classes):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(n_channels, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, n_classes)
        )

    def forward(self, X):
        return self.layers(X / 16)


class Tokens(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.output = nn.Linear(8, n_classes)

    def forward(self, X):
        return self.output(self.embedding(X).mean(dim=1))


def test_images_go_in_as_tensors_of_four_dimensions():
    X, y = load_digits(return_X_y=True, n_class=3)
    images = X.reshape(-1, 1, 8, 8).astype(np.uint8)
    net = make_net(Conv, max_epochs=10, lr=1e-2)
    clf = ForwardCorrectedClassifier(net, random_state=0)
    assert clf.fit(images, corrupt_labels(y, T3, random_state=0)).score(images, y) > 0.9


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.int64])
def test_token_ids_reach_the_embedding_as_integers(dtype):
    y = np.arange(300) % 2
    X = np.where(y[:, None] == 1, [[1, 2, 3]], [[4, 5, 6]]).astype(dtype)
    clf = ForwardCorrectedClassifier(
        make_net(Tokens, max_epochs=30, lr=1e-2), transition_matrix=T2, random_state=0
    )
    assert clf.fit(X, corrupt_labels(y, T2, random_state=0)).score(X, y) == 1


def test_memmap_is_read_batch_by_batch(tmp_path, blobs):
    X, y, _ = blobs
    stored = np.memmap(tmp_path / "X", dtype=np.float32, mode="w+", shape=X.shape)
    stored[:] = X
    read_only = np.memmap(tmp_path / "X", dtype=np.float32, mode="r", shape=X.shape)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0)
    expected = clone(clf).fit(X, y).predict_proba(X)
    for rows in (stored, read_only):
        np.testing.assert_array_equal(clone(clf).fit(rows, y).predict_proba(rows), expected)


class Pairs(Dataset):
    def __init__(self, X, y):
        self.X, self.y = X, y

    def __len__(self):
        return len(self.X)

    def __getitem__(self, row):
        return self.X[row], int(self.y[row])


def test_torch_dataset_gives_the_classifier_of_the_arrays_in_it(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(make_net(max_epochs=3), random_state=0)
    expected = clone(clf).fit(X, y)
    found = clone(clf).fit(Pairs(X, y))
    np.testing.assert_allclose(found.transition_matrix_, expected.transition_matrix_, atol=1e-6)
    assert found.score(Pairs(X, y)) == found.score(X, y)
    np.testing.assert_allclose(
        found.predict_proba(Pairs(X, y)), expected.predict_proba(X), atol=1e-6
    )


@pytest.mark.parametrize("name", ["boolean", "gaps", "strings", "objects", "numbers"])
def test_labels_of_any_type_come_back(name, blobs):
    X, y, _ = blobs
    labels = {
        "boolean": np.array([True, False]),
        "gaps": np.array([-5, 100]),
        "strings": np.array(["no", "yes"]),
        "objects": np.array(["no", "yes"], dtype=object),
        "numbers": np.array([-5, 100], dtype=object),
    }[name]
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T2, random_state=0)
    predicted = clf.fit(X[y < 2], labels[y[y < 2]]).predict(X)
    assert predicted.dtype == (np.int64 if name == "numbers" else labels.dtype)
    assert set(predicted) <= set(labels)
    assert clf.score(X[y < 2], labels[y[y < 2]]) > 0.6


def test_nothing_of_the_users_is_changed(blobs):
    X, y, _ = blobs
    T, net = T3.copy(), make_net(max_epochs=1)
    X0, y0, T0, params = X.copy(), y.copy(), T.copy(), repr(net.get_params(deep=False))
    ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0).fit(X, y).predict(X)
    np.testing.assert_array_equal(X, X0)
    np.testing.assert_array_equal(y, y0)
    np.testing.assert_array_equal(T, T0)
    assert repr(net.get_params(deep=False)) == params
    assert not net.initialized_


def test_a_module_that_works_in_place_does_not_reach_x(blobs):
    class InPlace(Linear):
        def forward(self, X):
            return super().forward(X.mul_(0.5))

    X, y, _ = blobs
    before = X.copy()
    net = make_net(InPlace, max_epochs=1, iterator_train__shuffle=False)
    ForwardCorrectedClassifier(net, transition_matrix=T3).fit(X, y).predict(X)
    np.testing.assert_array_equal(X, before)


def test_same_seed_same_network_and_global_generators_untouched(blobs):
    X, y, _ = blobs
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    net = make_net(max_epochs=10, lr=3e-3, module__dropout=0.3)
    clf = ForwardCorrectedClassifier(net, random_state=3)
    first = clf.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(clone(clf).fit(X, y).predict_proba(X), first)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


def test_predictions_do_not_depend_on_the_rows_beside(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0).fit(X, y)
    together = clf.predict_proba(np.tile(X, (4, 1)))
    for n in (1, 2, 3, 17, 400):
        np.testing.assert_array_equal(clf.predict_proba(X[:n]), together[:n])


def test_partial_fit_is_one_epoch_a_call_and_keeps_t(blobs):
    X, y, clean = blobs
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0)
    for _ in range(8):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    assert clf.n_iter_ == 8
    assert clf.score(X, clean) > 0.8


def test_partial_fit_refuses_other_classes_later(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T2).partial_fit(X[y < 2], y[y < 2])
    with pytest.raises(ValueError, match=r"label 2, which is not among the classes \[0, 1\]"):
        clf.partial_fit(X, y)
    with pytest.raises(ValueError, match="classes must stay"):
        clf.partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2])


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"estimator": Linear(8, 3)}, TypeError, r"make_net\(Linear, module__<argument>"),
        ({"estimator": NeuralNet(Linear(8, 3), nn.CrossEntropyLoss)}, TypeError, "a class, not"),
        ({"estimator": RandomForestClassifier()}, TypeError, "unfitted skorch net"),
        ({"estimator": NeuralNetBinaryClassifier(Linear)}, TypeError, "one logit per class"),
        ({"estimator": make_net(Probabilities)}, ValueError, "Remove the softmax"),
        ({"estimator": make_net(AlwaysTwo)}, ValueError, r"shape \(n_samples, 3\)"),
        ({"estimator": make_net(OtherSize)}, ValueError, r"\(8, 8\) and type torch.float32 it"),
        ({"estimator": make_net(max_epochs=0)}, ValueError, "max_epochs must be at least 1"),
        ({"estimator": make_net(batch_size=0)}, ValueError, "batch_size must be a positive"),
        (
            {"estimator": make_net(batch_size=1000, iterator_train__drop_last=True)},
            ValueError,
            "takes no step",
        ),
        ({"device": "cuda"}, ValueError, "needs CUDA"),
        ({"device": "gpu"}, ValueError, 'device must be "auto", "cpu".*got \'gpu\''),
        ({"start": "warm"}, ValueError, "start must be one of 'first_stage', 'random'; got 'warm'"),
        ({"base_loss": "hinge"}, ValueError, "base_loss"),
    ],
)
def test_unusable_parameters_are_refused(params, error, message, blobs, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    X, y, _ = blobs
    with pytest.raises(error, match=message):
        ForwardCorrectedClassifier(transition_matrix=T3).set_params(**params).fit(X, y)


def test_module_with_an_argument_that_nobody_fills_in_says_how(blobs):
    class Deep(Linear):
        def __init__(self, n_features, n_classes, depth):
            super().__init__(n_features, n_classes)

    X, y, _ = blobs
    with pytest.raises(TypeError, match="depth.*module__<argument>"):
        ForwardCorrectedClassifier(Deep, transition_matrix=T3).fit(X, y)


def test_loss_that_turns_nan_stops_with_the_epoch_and_a_hint(blobs):
    X, y, _ = blobs
    net = make_net(optimizer=torch.optim.SGD, lr=1e30)
    with pytest.raises(ValueError, match="epoch 1: .*Lower the learning rate"):
        ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0).fit(X, y)


def test_a_single_row_is_a_single_class():
    with pytest.raises(ValueError, match="1 class"):
        ForwardCorrectedClassifier(transition_matrix=T2).fit(np.zeros((1, 3)), [1])


def test_batch_norm_with_one_sample_says_so():
    class Normalized(torch.nn.Sequential):
        def __init__(self, n_features, n_classes):
            super().__init__(torch.nn.BatchNorm1d(n_features), Linear(n_features, n_classes))

    clf = ForwardCorrectedClassifier(Normalized, transition_matrix=T2, classes=[0, 1])
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        clf.fit(np.zeros((1, 3)), [1])


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_noisy_proba"])
def test_prediction_before_fit_is_refused(method):
    with pytest.raises(NotFittedError):
        getattr(ForwardCorrectedClassifier(), method)(np.zeros((2, 2)))


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_ctrl_c_late_in_the_training_leaves_the_classifier_unfitted(blobs):
    X, y, _ = blobs

    class Pressed(Linear):
        calls = 0

        def forward(self, rows):
            type(self).calls += self.training
            if (
                self.training and type(self).calls == 7 * 10 + 3
            ):  # Seven steps an epoch: in the eleventh epoch.
                os.kill(os.getpid(), signal.SIGINT)
            return super().forward(rows)

    assert threading.current_thread() is threading.main_thread()
    clf = ForwardCorrectedClassifier(
        make_net(Pressed, lr=1e-2), transition_matrix=T3, random_state=0
    )
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    with pytest.raises(NotFittedError):
        clf.predict(X)


def test_verbose_names_the_stages_and_shows_the_loss(blobs, capsys):
    X, y, _ = blobs
    ForwardCorrectedClassifier(QUICK, random_state=0, verbose=1).fit(X, y)
    shown = capsys.readouterr().err
    for words in ("noisy labels, fold 3/3", "forward correction", "5 of 5", "loss="):
        assert words in shown


def test_silent_by_default(blobs, capsys):
    X, y, _ = blobs
    ForwardCorrectedClassifier(QUICK, random_state=0).fit(X, y)
    assert capsys.readouterr() == ("", "")
