"""What residual networks share."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .._checks import check_sizes
from ._augmentation import augmenting, check_images


class ResidualNet(nn.Module):
    """Abstract: a subclass makes `stem`, `blocks` and `head`, which come one after the other."""

    stem: nn.Module
    blocks: nn.Module
    head: nn.Module

    def __init__(self, n_channels: int, augmentation: Callable[[], nn.Module] | None) -> None:
        super().__init__()
        check_sizes(n_channels=n_channels)
        self.n_channels = n_channels
        self.augmentation = augmenting(augmentation)

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
        return self.head(self.blocks(self.stem(self.augmentation(X))))
