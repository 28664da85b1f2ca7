"""The lean loop trains the network that skorch's own loop would train."""

import io
import pickle

import numpy as np
import pytest
import torch
from helpers import T2, WEIGHT, X, Y, train, weights_of
from skorch.callbacks import Callback, LRScheduler
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader

from sknoisy import make_net
from sknoisy._iterators import BatchLoader, RowsDataset, make_loader
from sknoisy._net import LeanNet, predict_proba
from sknoisy.losses import BackwardLoss, CrossEntropy, EarlyLearningLoss, ForwardLoss


class Listener(Callback):
    """Forces skorch's own loop."""

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        pass


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"module__dropout": 0.3},
        {"batch_size": -1},
        {"iterator_train__drop_last": True, "optimizer": torch.optim.Adagrad},
    ],
    ids=["shuffled", "dropout", "full batch", "drop last"],
)
def test_network_does_not_depend_on_the_road_taken(settings, weight):
    settings = {"max_epochs": 3, "batch_size": 32, **settings}
    lean = train(make_net(**settings), weight)
    listened = train(make_net(callbacks=[Listener()], **settings), weight)
    by_row = train(make_net(iterator_train=DataLoader, **settings), weight)
    assert torch.equal(weights_of(lean), weights_of(listened))
    assert torch.equal(weights_of(lean), weights_of(by_row))
    own, other = lean.history_[:, "train_loss"], by_row.history_[:, "train_loss"]
    np.testing.assert_allclose(own, other, rtol=1e-6)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", [ForwardLoss, BackwardLoss])
def test_rows_that_go_through_several_matrices_do_so_on_every_road(loss, weight):
    stack = np.stack([T2, np.eye(2)])
    settings = {
        "matrix": np.arange(230) % 2,
        "criterion": {"criterion": loss, "criterion__transition_matrix": stack},
    }
    lean = train(make_net(max_epochs=2), weight, **settings)
    listened = train(make_net(max_epochs=2, callbacks=[Listener()]), weight, **settings)
    by_row = train(make_net(max_epochs=2, iterator_train=DataLoader), weight, **settings)
    assert torch.equal(weights_of(lean), weights_of(listened))
    assert torch.equal(weights_of(lean), weights_of(by_row))
    alike = train(make_net(max_epochs=2), weight, criterion=settings["criterion"])
    assert not torch.equal(weights_of(lean), weights_of(alike))


def test_losses_that_know_rows_by_number_meet_the_same_rows_on_every_road():
    beliefs = []
    for other in ({}, {"callbacks": [Listener()]}, {"iterator_train": DataLoader}):
        net = make_net(max_epochs=2, batch_size=32, **other)
        criterion = train(net, WEIGHT, criterion={"criterion": EarlyLearningLoss}).criterion_
        beliefs.append(criterion.belief)
    assert torch.equal(beliefs[0], beliefs[1])
    assert torch.equal(beliefs[0], beliefs[2])


def test_lean_history_has_epochs_and_one_batch_each():
    net = train(make_net(max_epochs=3, batch_size=32))
    assert net.history_[:, "train_batch_count"] == [8, 8, 8]
    assert [len(epoch["batches"]) for epoch in net.history_] == [1, 1, 1]
    losses = net.history_[:, "train_loss"]
    assert losses[0] > losses[-1]


def test_scheduler_by_epoch_keeps_the_lean_loop_and_by_batch_does_not():
    for step_every, n_batches in (("epoch", 1), ("batch", 8)):
        scheduler = LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=1, step_every=step_every)
        net = train(make_net(max_epochs=2, batch_size=32, callbacks=[scheduler]))
        assert len(net.history_[0]["batches"]) == n_batches
        assert net.optimizer_.param_groups[0]["lr"] < 1e-3


def test_fused_optimiser_is_chosen_unless_the_user_chose():
    assert train(make_net(max_epochs=1)).optimizer_.defaults["fused"] is True
    chosen = train(make_net(max_epochs=1, optimizer__foreach=True))
    assert not chosen.optimizer_.defaults["fused"]


def test_optimiser_with_a_closure_takes_the_ordinary_loop():
    net = train(make_net(optimizer=torch.optim.LBFGS, lr=0.5, batch_size=-1, max_epochs=5))
    assert (predict_proba(net, X).argmax(axis=1) == Y).mean() > 0.95


def test_fitted_and_unfitted_nets_can_be_pickled():
    unfitted = pickle.loads(pickle.dumps(make_net()))
    assert unfitted.device == "auto"
    net = train(make_net(max_epochs=1))
    np.testing.assert_array_equal(
        predict_proba(pickle.loads(pickle.dumps(net)), X), predict_proba(net, X)
    )


def test_nets_that_skorch_1_1_pickled_load_with_a_pytorch_that_is_careful():
    net = train(make_net(max_epochs=1))
    state, saved = net.__getstate__(), io.BytesIO()
    parts = {k: v for k, v in vars(net).items() if k not in state}
    torch.save(parts, saved)  # As skorch 1.1 did.
    again = LeanNet.__new__(LeanNet)
    again.__setstate__({**state, "__cuda_dependent_attributes__": saved.getvalue()})
    assert vars(again).keys() == vars(net).keys()
    np.testing.assert_array_equal(predict_proba(again, X), predict_proba(net, X))


def test_skorch_methods_of_the_fitted_net_give_posteriors_too():
    net = train(make_net(max_epochs=2))
    np.testing.assert_allclose(net.predict_proba(X), predict_proba(net, X), atol=1e-6)
    np.testing.assert_array_equal(net.predict(X), predict_proba(net, X).argmax(axis=1))


def test_mixed_precision_trains_and_predicts_in_full():
    mixed = train(make_net(max_epochs=20, autocast="bfloat16"))
    full = train(make_net(max_epochs=20))
    assert not torch.equal(weights_of(mixed), weights_of(full))
    assert (predict_proba(mixed, X).argmax(axis=1) == Y).mean() > 0.9
    mixed.module_.train()
    assert mixed.infer(X[:2]).dtype == torch.bfloat16
    mixed.module_.eval()
    assert mixed.infer(X[:2]).dtype == torch.float32
    listened = train(make_net(max_epochs=20, autocast="bfloat16", callbacks=[Listener()]))
    assert torch.equal(weights_of(mixed), weights_of(listened))


class Normalized(torch.nn.Sequential):
    def __init__(self, n_features, n_classes):
        super().__init__(torch.nn.BatchNorm1d(n_features), torch.nn.Linear(n_features, n_classes))


@pytest.mark.parametrize("loader", [make_loader, DataLoader])
def test_batch_normalisation_is_spared_a_batch_of_one_row(loader):
    settings = {"batch_size": len(X) - 1, "max_epochs": 2, "iterator_train": loader}
    net = train(make_net(Normalized, **settings))
    assert net.history_[:, "train_batch_count"] == [1, 1]
    assert len(predict_proba(net, X)) == len(X)
    # Others take the row, and who chose otherwise gets what was asked for.
    assert train(make_net(**settings)).history_[:, "train_batch_count"] == [2, 2]
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        train(make_net(Normalized, iterator_train__drop_last=False, **settings))


def test_loader_of_the_users_own_is_given_its_settings_only():
    def whole(dataset, batch_size, shuffle):
        return make_loader(dataset, batch_size=len(dataset))

    net = train(make_net(Normalized, batch_size=len(X) - 1, max_epochs=2, iterator_train=whole))
    assert net.history_[:, "train_batch_count"] == [1, 1]


# PyTorch's compiler looks at `.grad` of what it traces.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Guards may run slower:RuntimeWarning")  # On Python 3.13.0.
def test_compiled_network_is_trained_and_pickled():
    compiled = train(make_net(max_epochs=2, compile=True, compile__backend="eager"))
    assert "OptimizedModule" in type(compiled.module_).__name__
    plain = train(make_net(max_epochs=2))
    torch.testing.assert_close(weights_of(compiled), weights_of(plain))
    again = pickle.loads(pickle.dumps(compiled))
    np.testing.assert_array_equal(predict_proba(again, X), predict_proba(compiled, X))


class ValuesRead(TorchDispatchMode):
    """Counts operations whose result depends on values: each makes a program wait for a device."""

    n_read = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.n_read += torch.Tag.data_dependent_output in func.tags
        self.n_read += torch.Tag.dynamic_output_shape in func.tags
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("loss", [CrossEntropy, ForwardLoss, BackwardLoss])
def test_an_epoch_reads_one_number_off_the_device(loss):
    given = {"criterion__transition_matrix": T2} if loss.needs_transition_matrix else {}
    net = train(make_net(max_epochs=1, batch_size=32, criterion=loss, replay=False, **given))
    for training in (True, False):
        with ValuesRead() as values:
            net._lean_epoch(BatchLoader(RowsDataset(X, Y, WEIGHT), 32), training)
        assert values.n_read == 1


def test_an_epoch_runs_on_a_device_that_cannot_be_read():
    settings = {"criterion": ForwardLoss, "criterion__transition_matrix": T2, "replay": False}
    net = train(make_net(max_epochs=1, **settings))
    net.module_.to("meta")
    net.device, net.optimizer_ = "meta", torch.optim.SGD(net.module_.parameters(), momentum=0.9)
    seen = []
    net.module_.register_forward_hook(lambda module, args, output: seen.append(output.device.type))
    with pytest.raises(RuntimeError, match=r"item\(\) cannot be called on meta tensors"):
        net._lean_epoch(BatchLoader(RowsDataset(X, Y, WEIGHT, device="meta"), 32, True), True)
    assert seen == ["meta"] * 8


def test_unknown_settings_are_refused():
    with pytest.raises(ValueError, match='autocast must be None or "bfloat16"; got .float16'):
        train(make_net(autocast="float16"))
    with pytest.raises(ValueError, match='replay must be True, False, "auto" or "graph"; got .yes'):
        train(make_net(replay="yes"))
