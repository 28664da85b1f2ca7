"""Plain convolutional networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from .._checks import check_integer, check_number, check_sizes
from .._hints import SEE_ERRORS
from ._augmentation import augmenting, check_images
from ._initialization import he_conv, he_linear, uniform_linear


class ConvNet(nn.Module):
    """Convolutional network of 2, 4, 6, ... layers, a pooling after every second one.

    Parameters
    ----------
    input_shape, n_classes : tuple of int, and int
        Channels, height and width of an image, and number of logits; estimators fill them in.
    depth : int, default=4
        Number of 3 x 3 convolutions. A ValueError if it is odd, or too large for the images.
    n_filters : int, default=32
        Filters of the first two convolutions; each later pair has twice as many.
    hidden_size : int, default=128
        Width of the fully connected ReLU layer between the last pooling and the logits.
    dropout : float in [0, 1), default=0.0
        Share of that layer's units dropped while training.
    augmentation : torch.nn.Module class, default=None
        Makes the layer that changes each batch of images in training: :class:`FlipAndCrop`,
        ``functools.partial(FlipAndCrop, padding=2)``, or another callable.

    See Also
    --------
    ResNet : A deeper network.
    FlipAndCrop : Augments its images.

    Notes
    -----
    Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017, use ConvNets of 2, 4
    and 6 layers without giving their widths; these are common ones. Weights before a ReLU are
    initialised as by He et al. (2015).

    Examples
    --------
    >>> net = ConvNet(input_shape=(1, 28, 28), n_classes=10, depth=2)
    >>> net(torch.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        n_classes: int,
        depth: int = 4,
        n_filters: int = 32,
        hidden_size: int = 128,
        dropout: float = 0.0,
        augmentation: Callable[[], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        check_sizes(n_classes=n_classes, n_filters=n_filters, hidden_size=hidden_size)
        check_number(dropout, "dropout", "[0, 1)")
        if not isinstance(depth, int | np.integer) or depth < 2 or depth % 2:
            raise ValueError(
                f"depth must be an even number of convolutions; got {depth!r}. {SEE_ERRORS}"
            )
        n_pairs = int(depth) // 2
        if not isinstance(input_shape, Sequence) or len(input_shape) != 3:
            raise ValueError(
                f"input_shape must be (channels, height, width); got {input_shape!r}. Reshape "
                f"X to (n_samples, channels, height, width)."
                f" {SEE_ERRORS}"
            )
        for length in input_shape:
            check_integer(length, "Each of input_shape", 1)
        self.n_channels, height, width = input_shape
        if min(height, width) < 2**n_pairs:
            raise ValueError(
                f"Images must have at least {2**n_pairs} pixels in each direction for a depth of "
                f"{depth}; got {height} x {width} by input_shape."
                f" {SEE_ERRORS}"
            )
        layers: list[nn.Module] = [augmenting(augmentation)]
        n_in = self.n_channels
        for pair in range(n_pairs):
            n_out = n_filters * 2**pair
            layers += [he_conv(n_in, n_out, bias=True), nn.ReLU()]
            layers += [he_conv(n_out, n_out, bias=True), nn.ReLU(), nn.MaxPool2d(2)]
            n_in = n_out
        n_flat = n_in * (height >> n_pairs) * (width >> n_pairs)
        layers += [nn.Flatten(), he_linear(n_flat, hidden_size), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
        self.layers = nn.Sequential(*layers, uniform_linear(hidden_size, n_classes))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map images to logits.

        Parameters
        ----------
        X : tensor of shape (n_samples, n_channels, height, width)
            Images.

        Returns
        -------
        tensor of shape (n_samples, n_classes)
            Logits.
        """
        check_images(X, self.n_channels)
        return self.layers(X)
