"""Narrow residual networks have the published sizes."""

import numpy as np
import pytest
import torch
from torch import nn

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import FlipAndCrop, PreActResNet


def n_weights(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("depth", "published"), [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018)]
)
def test_numbers_of_weights_are_those_of_he_et_al(depth, published):
    # Table 6 of the paper rounds them to 0.27, 0.46, 0.66 and 0.85 million; moving the
    # normalisation before the convolution does not change them.
    assert n_weights(PreActResNet(3, 10, depth, shortcut="pad")) == published


@pytest.mark.parametrize("depth", [14, 32, 44])
def test_depth_counts_layers_with_weights_on_the_main_path(depth):
    net = PreActResNet(3, 10, depth)
    layers = [m for m in net.modules() if isinstance(m, nn.Linear) or _is_3_by_3(m)]
    assert len(layers) == depth


def _is_3_by_3(module):
    return isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3)


def test_projections_add_their_weights():
    extra = 16 * 32 + 32 * 64
    pad, projection = (
        n_weights(PreActResNet(3, 10, 14, shortcut=shortcut)) for shortcut in ("pad", "projection")
    )
    assert projection == pad + extra


@pytest.mark.parametrize("shortcut", ["projection", "pad"])
def test_images_of_any_size_and_channels(shortcut):
    net = PreActResNet(1, 7, 8, n_filters=4, shortcut=shortcut)
    for size in (28, 32, 13):
        assert net(torch.zeros(2, 1, size, size)).shape == (2, 7)


def test_a_padded_shortcut_is_every_second_pixel_and_zeros():
    net = PreActResNet(3, 10, 8, n_filters=4, shortcut="pad")
    X = torch.randn(2, 4, 6, 6)
    shortcut = net.blocks[1]._shortcut(X)
    assert torch.equal(shortcut[:, :4], X[:, :, ::2, ::2])
    assert not shortcut[:, 4:].any()


@pytest.mark.parametrize("depth", [2, 10, 33])
def test_other_depths_are_refused(depth):
    with pytest.raises(ValueError, match=rf"6n \+ 2, such as 14, 32 or 44; got {depth}"):
        PreActResNet(3, 10, depth)


def test_an_unknown_shortcut_is_refused():
    with pytest.raises(ValueError, match="'projection', 'pad'; got 'conv'"):
        PreActResNet(3, 10, shortcut="conv")


def test_flat_rows_are_refused():
    with pytest.raises(ValueError, match="images of shape"):
        PreActResNet(3, 10, 8)(torch.zeros(2, 3072))


def test_one_training_step_lowers_the_loss():
    torch.manual_seed(0)
    net = PreActResNet(3, 4, 14, n_filters=4)
    X, y = torch.randn(16, 3, 16, 16), torch.arange(16) % 4
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        loss = nn.functional.cross_entropy(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert losses[1] < losses[0]


def test_estimators_fill_in_channels_and_classes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2, 8, 8)).astype(np.float32), np.array(["a", "b"] * 20)
    net = make_net(
        PreActResNet,
        module__depth=8,
        module__n_filters=2,
        module__augmentation=FlipAndCrop,
        max_epochs=2,
        device="cpu",
    )
    clf = ForwardCorrectedClassifier(net, transition_matrix=np.eye(2), random_state=0).fit(X, y)
    assert clf.predict_proba(X).shape == (40, 2)
