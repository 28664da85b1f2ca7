"""Wide residual networks in the shapes of ImageNet, for images of any size."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .._checks import check_flag, check_integer, check_option, check_sizes
from ._initialization import he_conv
from ._residual import ResidualNet

# Blocks of each of the four stages, and whether they are bottlenecks.
SHAPES = {18: ((2, 2, 2, 2), False), 34: ((3, 4, 6, 3), False), 50: ((3, 4, 6, 3), True)}
EXPANSION = 4  # of the channels at the end of a bottleneck


class ResNet(ResidualNet):
    """Residual network of 18, 34 or 50 layers.

    Parameters
    ----------
    n_channels, n_classes : int
        Channels of the images and number of logits; estimators fill them in from X and y.
    depth : {18, 34, 50}, default=18
        Number of layers; 50 is made of bottleneck blocks. A ValueError for others.
    small_images : bool, default=True
        Start with one 3 x 3 convolution, as is usual for CIFAR; False starts as for ImageNet,
        with a 7 x 7 one and a pooling that halve the image twice.
    n_filters : int, default=64
        Filters of the first stage; each later one has twice as many.
    augmentation : torch.nn.Module class, default=None
        As in :class:`ConvNet`.

    See Also
    --------
    PreActResNet : Smaller networks for small images.
    ConvNet : A network without residuals.

    Notes
    -----
    He et al., "Deep residual learning for image recognition", CVPR 2016, table 1. ResNet-18 is a
    network of Rolnick et al. (2017), ResNet-50 of Patrini et al. (2017); ResNet-34 for small
    images is usual for CIFAR-10N. No weights from other data come with it.

    Examples
    --------
    >>> net = ResNet(n_channels=3, n_classes=10, depth=18, n_filters=8)
    >>> net(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        n_channels: int,
        n_classes: int,
        depth: int = 18,
        small_images: bool = True,
        n_filters: int = 64,
        augmentation: Callable[[], nn.Module] | None = None,
    ) -> None:
        super().__init__(n_channels, augmentation)
        check_sizes(n_classes=n_classes, n_filters=n_filters)
        check_flag(small_images, "small_images")
        depth = check_integer(depth, "depth", 1)  # NumPy's integers, such as in a grid, count too
        n_blocks, bottleneck = SHAPES[check_option(depth, "depth", tuple(SHAPES))]
        if small_images:
            stem = [*_normalised(n_channels, n_filters), nn.ReLU()]
        else:
            stem = [*_normalised(n_channels, n_filters, 7, stride=2), nn.ReLU()]
            stem.append(nn.MaxPool2d(3, stride=2, padding=1))
        self.stem = nn.Sequential(*stem)
        blocks, n_in = [], n_filters
        for stage, n in enumerate(n_blocks):
            for block in range(n):
                stride = 2 if stage and block == 0 else 1
                blocks.append(_Block(n_in, n_filters * 2**stage, stride, bottleneck))
                n_in = n_filters * 2**stage * (EXPANSION if bottleneck else 1)
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_in, n_classes))


class _Block(nn.Module):
    """Convolutions with normalisation, added to the input, then ReLU."""

    def __init__(self, n_in: int, width: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        n_out = width * EXPANSION if bottleneck else width
        if bottleneck:
            layers = [*_normalised(n_in, width, 1), nn.ReLU()]
            layers += [*_normalised(width, width, stride=stride), nn.ReLU()]
            layers += _normalised(width, n_out, 1)
        else:
            layers = [*_normalised(n_in, width, stride=stride), nn.ReLU()]
            layers += _normalised(width, n_out)
        self.residual = nn.Sequential(*layers)
        same = stride == 1 and n_in == n_out
        self.shortcut = nn.Sequential(*([] if same else _normalised(n_in, n_out, 1, stride=stride)))
        self.relu = nn.ReLU()

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.relu(self.shortcut(X) + self.residual(X))


def _normalised(n_in: int, n_out: int, kernel_size: int = 3, *, stride: int = 1) -> list[nn.Module]:
    return [he_conv(n_in, n_out, kernel_size, stride=stride), nn.BatchNorm2d(n_out)]
