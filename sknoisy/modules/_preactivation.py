"""Narrow residual networks of depth 6n + 2 for small images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from .._checks import check_integer, check_option, check_sizes
from .._hints import SEE_ERRORS
from ._initialization import he_conv, uniform_linear
from ._residual import ResidualNet


class PreActResNet(ResidualNet):
    """Pre-activation residual network of depth 6n + 2: three stages of n blocks.

    Parameters
    ----------
    n_channels, n_classes : int
        Channels of the images and number of logits; estimators fill them in from X and y.
    depth : int, default=32
        Number of layers: 8, 14, 20, 26, 32, 38, 44, ...; a ValueError for others.
    n_filters : int, default=16
        Filters of the first stage; the others have two and four times as many.
    shortcut : {"projection", "pad"}, default="projection"
        How a block that halves the image passes on its input: by a 1 x 1 convolution, or by
        every second pixel and zeros in the new channels, which takes no weights.
    augmentation : torch.nn.Module class, default=None
        As in :class:`ConvNet`.

    See Also
    --------
    ResNet : Residual networks of 18, 34 or 50 layers.
    FlipAndCrop : Augments its images.

    Notes
    -----
    Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017, use depths 14
    and 32 for CIFAR-10 and 44 for CIFAR-100, with projections in their published code. A block is
    twice batch normalisation, ReLU, convolution, beside an identity (He et al., "Identity mappings
    in deep residual networks", ECCV 2016); filters and stages are those of He et al., "Deep
    residual learning", CVPR 2016, section 4.2, whose shortcut is "pad".

    Examples
    --------
    >>> net = PreActResNet(n_channels=3, n_classes=10, depth=14)
    >>> net(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        n_channels: int,
        n_classes: int,
        depth: int = 32,
        n_filters: int = 16,
        shortcut: str = "projection",
        augmentation: Callable[[], nn.Module] | None = None,
    ) -> None:
        super().__init__(n_channels, augmentation)
        check_sizes(n_classes=n_classes, n_filters=n_filters)
        n_blocks, rest = divmod(check_integer(depth, "depth", 2) - 2, 6)
        if rest or n_blocks < 1:
            raise ValueError(
                f"depth must be 6n + 2, such as 14, 32 or 44; got {depth}. {SEE_ERRORS}"
            )
        check_option(shortcut, "shortcut", ("projection", "pad"))
        self.stem = nn.Sequential(
            he_conv(n_channels, n_filters), nn.BatchNorm2d(n_filters), nn.ReLU()
        )
        blocks, n_in = [], n_filters
        for stage in range(3):
            n_out = n_filters * 2**stage
            for block in range(n_blocks):
                # The stem has already normalised the input of the very first block.
                first = stage == block == 0
                blocks.append(_Block(n_in, n_out, shortcut, activated=first))
                n_in = n_out
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(
            nn.BatchNorm2d(n_in),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            uniform_linear(n_in, n_classes),
        )


class _Block(nn.Module):
    """Twice normalisation, ReLU and convolution, added to the input."""

    def __init__(self, n_in: int, n_out: int, shortcut: str, *, activated: bool) -> None:
        super().__init__()
        self.n_new = n_out - n_in
        stride = 1 if n_in == n_out else 2
        entry = [] if activated else [nn.BatchNorm2d(n_in), nn.ReLU()]
        self.residual = nn.Sequential(
            *entry,
            he_conv(n_in, n_out, stride=stride),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            he_conv(n_out, n_out),
        )
        self.projection = (
            he_conv(n_in, n_out, 1, stride=2) if self.n_new and shortcut == "projection" else None
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self._shortcut(X) + self.residual(X)

    def _shortcut(self, X: torch.Tensor) -> torch.Tensor:
        if not self.n_new:
            return X
        if self.projection is not None:
            return self.projection(X)
        # F.pad counts axes from the last: width, height, channels.
        return F.pad(X[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.n_new))
