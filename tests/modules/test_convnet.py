"""Plain ConvNets of even depth."""

import numpy as np
import pytest
import torch
from torch import nn

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import ConvNet, FlipAndCrop


@pytest.mark.parametrize("depth", [2, 4, 6])
@pytest.mark.parametrize("input_shape", [(1, 28, 28), (3, 32, 32)])
def test_depth_counts_convolutions(depth, input_shape):
    net = ConvNet(input_shape, n_classes=10, depth=depth, n_filters=4, hidden_size=8, dropout=0.2)
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == depth
    assert [layer.out_channels for layer in convolutions] == [4, 4, 8, 8, 16, 16][:depth]
    assert net(torch.zeros(2, *input_shape)).shape == (2, 10)


def test_number_of_weights():
    net = ConvNet((1, 28, 28), n_classes=10, depth=2, n_filters=32, hidden_size=128)
    convolutions = 32 * (9 + 1) + 32 * (32 * 9 + 1)
    dense = 128 * (32 * 14 * 14 + 1) + 10 * (128 + 1)
    assert sum(p.numel() for p in net.parameters()) == convolutions + dense


@pytest.mark.parametrize("depth", [0, 3, -2])
def test_odd_depths_are_refused(depth):
    with pytest.raises(ValueError, match=f"even number of convolutions; got {depth}"):
        ConvNet((1, 28, 28), 10, depth=depth)


def test_flat_rows_and_tiny_images_are_refused():
    with pytest.raises(ValueError, match=r"\(channels, height, width\); got \(784,\)"):
        ConvNet((784,), 10)
    with pytest.raises(ValueError, match="at least 8 pixels.*got 28 x 7"):
        ConvNet((1, 28, 7), 10, depth=6)


def test_estimators_fill_in_the_sizes_and_it_learns():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 3
    X = rng.normal(size=(200, 1, 8, 8)).astype(np.float32)
    X[np.arange(200), :, 2 * y] += 2  # one bright row per class
    net = make_net(
        ConvNet,
        module__depth=2,
        module__n_filters=4,
        module__hidden_size=16,
        max_epochs=15,
        lr=0.01,
        device="cpu",
    )
    clf = ForwardCorrectedClassifier(net, transition_matrix=np.eye(3), random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.9


def test_the_augmentation_comes_first():
    net = ConvNet((1, 8, 8), 2, depth=2, augmentation=FlipAndCrop)
    assert type(net.layers[0]) is FlipAndCrop
