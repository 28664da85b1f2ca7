"""Posteriors are those of the network in evaluation mode."""

import numpy as np
import torch
from helpers import X, Y, train
from scipy import sparse
from torch.utils.data import TensorDataset

from sknoisy import make_net
from sknoisy._net import _prediction, build_net, fit_net, predict_proba, proba_blocks
from sknoisy.losses import CrossEntropy
from sknoisy.modules import MLP, ConvNet


def test_first_output_of_several_is_the_logits():
    class Two(MLP):
        def forward(self, rows):
            return super().forward(rows), rows

    net = build_net(make_net(Two, max_epochs=1), n_classes=2, sample_shape=(6,))
    fitted = fit_net(net.set_params(criterion=FirstOutput), X, Y, n_classes=2, seed=0)
    assert predict_proba(fitted, X).shape == (230, 2)


class FirstOutput(CrossEntropy):
    def forward(self, logits, target):
        return super().forward(logits[0], target)


def test_prediction_leaves_the_mode_of_the_network_alone():
    net = train(make_net(max_epochs=1, module__dropout=0.5))
    net.module_.train()
    first = predict_proba(net, X)
    assert net.module_.training
    np.testing.assert_array_equal(predict_proba(net, X), first)


def test_blocks_of_posteriors_are_those_of_all_rows(monkeypatch):
    monkeypatch.setattr(_prediction, "ROWS_AT_A_TIME", 100)
    net = train(make_net(max_epochs=1))
    expected = predict_proba(net, X)
    rows = TensorDataset(torch.from_numpy(X))
    for given in (X, sparse.csr_array(X), rows):
        blocks = list(proba_blocks(net, given))
        assert [len(block) for block in blocks] == [100, 100, 30]
        np.testing.assert_allclose(np.concatenate(blocks), expected, rtol=1e-6)


def test_posteriors_do_not_depend_on_how_often_they_are_fetched(monkeypatch):
    net = train(make_net(max_epochs=1))
    expected = predict_proba(net, X)
    monkeypatch.setattr(_prediction, "PREDICTION_BLOCK", 50)
    one_by_one = predict_proba(net, X)
    monkeypatch.setattr(_prediction, "ROWS_AT_A_TIME", 120)
    monkeypatch.setattr(_prediction, "place_of", lambda net: torch.device("cuda"))
    np.testing.assert_array_equal(predict_proba(net, X), one_by_one)
    np.testing.assert_allclose(one_by_one, expected, rtol=1e-6)


def test_images_are_predicted_with_full_batches_too():
    images, labels = X[:40, :4].reshape(40, 1, 2, 2), Y[:40]
    net = build_net(
        make_net(ConvNet, max_epochs=1, batch_size=-1, module__depth=2),
        n_classes=2,
        sample_shape=(1, 2, 2),
    )
    fit_net(net, images, labels, n_classes=2, seed=0)
    assert predict_proba(net, images).shape == (40, 2)
