"""Wide residual networks have the published sizes."""

import pytest
import torch
from torch import nn

from sknoisy.modules import FlipAndCrop, ResNet


def n_weights(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("depth", "published"), [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)]
)
def test_numbers_of_weights_are_those_of_torchvision_on_imagenet(depth, published):
    assert n_weights(ResNet(3, 1000, depth, small_images=False)) == published


def test_small_images_save_the_first_weights_only():
    large, small = (n_weights(ResNet(3, 10, 18, small_images=s)) for s in (False, True))
    assert large - small == 3 * 64 * (7 * 7 - 3 * 3)


@pytest.mark.parametrize("depth", [18, 34, 50])
@pytest.mark.parametrize(("small_images", "size"), [(True, 4), (False, 1)])
def test_images_are_halved_as_published(depth, small_images, size):
    net = ResNet(3, 5, depth, small_images=small_images, n_filters=4).eval()
    X = torch.zeros(1, 3, 32, 32)
    assert net.blocks(net.stem(X)).shape[2:] == (size, size)
    assert net(X).shape == (1, 5)


def test_other_depths_and_flat_rows_are_refused():
    with pytest.raises(ValueError, match="one of 18, 34, 50; got 32"):
        ResNet(3, 10, 32)
    with pytest.raises(ValueError, match="images of shape"):
        ResNet(3, 10, n_filters=2)(torch.zeros(2, 3072))


@pytest.mark.parametrize("depth", [18, 50])
def test_one_training_step_lowers_the_loss(depth):
    torch.manual_seed(0)
    net = ResNet(3, 4, depth, n_filters=4, augmentation=FlipAndCrop)
    X, y = torch.randn(16, 3, 16, 16), torch.arange(16) % 4
    net.augmentation.eval()  # The same images twice, so that losses compare.
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(2):
        loss = nn.functional.cross_entropy(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert losses[1] < losses[0]
