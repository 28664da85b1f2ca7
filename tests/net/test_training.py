"""Training starts where it is told to, and can go on."""

import pickle
import tracemalloc

import numpy as np
import pytest
import torch
from helpers import X, Y, train, weights_of
from skorch.callbacks import Callback

from sknoisy import make_net
from sknoisy._net import build_net, fit_net
from sknoisy._net._training import _warm_up_epochs, drop_training_state
from sknoisy.modules import MLP, TableMLP
from sknoisy.noise import IndexedRows


def test_training_can_start_from_given_weights_and_go_on():
    first = train(make_net(max_epochs=2))
    still = make_net(max_epochs=1, optimizer=torch.optim.SGD, lr=0.0)
    again = train(still, initial_state=first.module_.state_dict())
    assert torch.equal(weights_of(first), weights_of(again))
    fit_net(first, X, Y, n_classes=2, seed=3, epochs=1)
    assert len(first.history_) == 3


def test_weights_of_another_structure_are_not_loaded():
    small = train(make_net(max_epochs=1, module__hidden_sizes=(3,)))
    plain = train(make_net(max_epochs=1))
    tried = train(make_net(max_epochs=1), initial_state=small.module_.state_dict())
    assert torch.equal(weights_of(plain), weights_of(tried))


def test_epochs_without_steps_are_refused():
    with pytest.raises(ValueError, match="max_epochs must be at least 1"):
        train(make_net(max_epochs=0))


def test_a_misspelt_argument_meets_the_names_that_the_module_takes():
    with pytest.raises(TypeError, match="MLP takes n_features, n_classes, hidden_sizes, dropout"):
        train(make_net(module__hidden_size=3))


def test_logits_are_looked_at_before_training():
    class Wide(MLP):
        def __init__(self, n_features):
            super().__init__(n_features, n_classes=7)

    with pytest.raises(ValueError, match=r"logits of shape \(n_samples, 2\).*returned \(8, 7\)"):
        train(make_net(Wide))


@pytest.mark.parametrize(
    ("warm_up", "epochs", "steps_per_epoch", "expected"),
    [
        (0.2, 40, 21, 8),  # A share, of few steps.
        (0.2, 40, 468, 1),  # Steps enough in one epoch,
        (0.2, 40, 5000, 1),  # and an epoch at least.
        (0.2, 40, 100, 5),
        (0.2, 40, 0, 8),  # All rows are less than a batch.
        (7, 40, 468, 7),  # A count is a count.
        (0.9, 2, 1, 1),  # The last epoch is not of the warm-up.
        (0.9, 1, 1, 0),
        (0, 40, 1, 0),
    ],
)
def test_a_warm_up_ends_after_some_hundred_steps(warm_up, epochs, steps_per_epoch, expected):
    assert _warm_up_epochs(warm_up, epochs, steps_per_epoch, 500) == expected


class TracedMemory(Callback):
    """Bytes in use when the first epoch begins."""

    def on_epoch_begin(self, net, **kwargs):
        self.n_bytes = tracemalloc.get_traced_memory()[0]


def test_labels_of_a_diluted_set_are_not_copied():
    n_rows = 400_000
    rows = IndexedRows(X, np.arange(n_rows, dtype=np.int32) % len(X))
    y = np.arange(n_rows, dtype=np.int32) % 2
    net = make_net(max_epochs=1, batch_size=4096, callbacks=[("traced", TracedMemory())])
    net = build_net(net, n_classes=2, sample_shape=X.shape[1:])
    tracemalloc.start()
    fit_net(net, rows, y, n_classes=2, seed=0)
    tracemalloc.stop()
    assert dict(net.callbacks_)["traced"].n_bytes < 2 * n_rows


@pytest.mark.parametrize(
    "optimizer", [torch.optim.Adam, torch.optim.Adagrad, torch.optim.SGD, torch.optim.LBFGS]
)
def test_a_training_goes_on_with_a_new_optimizer_where_its_state_was_dropped(optimizer):
    net = train(make_net(max_epochs=2, optimizer=optimizer, lr=0.01))
    weights = weights_of(net)
    drop_training_state(net)
    assert not net.optimizer_.state
    assert all(parameter.grad is None for parameter in net.module_.parameters())
    assert len(pickle.dumps(net)) < 1.2 * weights.nbytes + 20_000
    fit_net(net, X, Y, n_classes=2, seed=3, epochs=1)
    assert not torch.equal(weights_of(net), weights)


def test_columns_are_scaled_by_the_rows_of_the_first_training():
    net = train(make_net(TableMLP, max_epochs=1))
    location = net.module_.scaling.location.clone()
    np.testing.assert_allclose(location, np.median(X, axis=0), rtol=1e-6)
    fit_net(net, X + 5, Y, n_classes=2, seed=3, epochs=1)
    assert torch.equal(net.module_.scaling.location, location)
    other = build_net(make_net(TableMLP, max_epochs=1), n_classes=2, sample_shape=X.shape[1:])
    fit_net(other, X + 5, Y, n_classes=2, seed=0, initial_state=net.module_.state_dict())
    assert torch.equal(other.module_.scaling.location, location)
