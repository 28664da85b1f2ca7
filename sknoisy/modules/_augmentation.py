"""Augmentation of whole batches, of images or of token ids, on their device."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from .._checks import check_flag, check_integer
from .._hints import SEE_ERRORS


class FlipAndCrop(nn.Module):
    """Mirror and shift each image of a batch at random while training; else pass them on.

    An image is padded with zeros on all sides, and a window of the size of the image is cut out
    at random: a shift by up to `padding` pixels. Image nets take this class as `augmentation`.

    Parameters
    ----------
    padding : int, default=4
        Largest shift in pixels, in each direction; 0 for none.
    flip : bool, default=True
        Whether to mirror every second image, on average, left to right.

    See Also
    --------
    RandomShift : Augmentation of texts.
    PreActResNet : A network that takes it as `augmentation`.

    Notes
    -----
    That of Patrini et al. (2017) for CIFAR, after He et al. (2016). Random numbers come from
    PyTorch's generator of the images' device, which sknoisy's estimators seed. The zeros are
    grey if the mean image was subtracted, black otherwise.

    Examples
    --------
    >>> layer = FlipAndCrop(padding=1, flip=False)
    >>> images = torch.ones(2, 3, 8, 8)
    >>> layer(images).shape
    torch.Size([2, 3, 8, 8])
    >>> bool((layer.eval()(images) == images).all())
    True
    """

    def __init__(self, padding: int = 4, flip: bool = True) -> None:
        super().__init__()
        self.padding = check_integer(padding, "padding", 0)
        self.flip = check_flag(flip, "flip")

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Mirror and shift images in training; return them as they are otherwise.

        Parameters
        ----------
        X : tensor of shape (n_samples, n_channels, height, width)
            Images.

        Returns
        -------
        tensor of the same shape
            Images.
        """
        if not self.training:
            return X
        n, _, height, width = X.shape
        rows = torch.arange(height, device=X.device).expand(n, -1)
        columns = torch.arange(width, device=X.device).expand(n, -1)
        if self.flip:
            mirrored = torch.rand(n, 1, device=X.device) < 0.5
            columns = torch.where(mirrored, width - 1 - columns, columns)
        if self.padding:
            shift = torch.randint(2 * self.padding + 1, (2, n, 1), device=X.device)
            rows, columns = rows + shift[0], columns + shift[1]
            X = F.pad(X, (self.padding,) * 4)
        # One gather for the whole batch, though each image has other rows and columns. Indexed
        # this way the channels come last.
        image = torch.arange(n, device=X.device)[:, None, None]
        picked = X[image, :, rows[:, :, None], columns[:, None, :]]
        return picked.permute(0, 3, 1, 2).contiguous()


class RandomShift(nn.Module):
    """Move the tokens of each row to the left or right while training; else pass them on.

    What leaves a row at one end comes in at the other. A net with separate weights for each
    position (:class:`EmbeddingClassifier`, which takes this class as `augmentation`) memorises
    less, for a word stands somewhere else each time. The seed is that of :class:`FlipAndCrop`.

    Parameters
    ----------
    max_shift : int, default=50
        Largest shift in tokens, in each direction; 0 for none.

    See Also
    --------
    EmbeddingClassifier : A network for tokens.
    FlipAndCrop : Augmentation of images.

    Examples
    --------
    >>> layer, row = RandomShift(max_shift=1), torch.tensor([[0, 7, 8, 9]])
    >>> layer(row).sort().values
    tensor([[0, 7, 8, 9]])
    >>> layer.eval()(row)
    tensor([[0, 7, 8, 9]])
    """

    def __init__(self, max_shift: int = 50) -> None:
        super().__init__()
        self.max_shift = check_integer(max_shift, "max_shift", 0)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Shift rows of tokens in training; return them as they are otherwise.

        Parameters
        ----------
        X : int tensor of shape (n_samples, length)
            Token ids.

        Returns
        -------
        tensor of the same shape
            Token ids.
        """
        if not self.training or not self.max_shift:
            return X
        n, length = X.shape
        shift = torch.randint(2 * self.max_shift + 1, (n, 1), device=X.device) - self.max_shift
        return X.gather(1, (torch.arange(length, device=X.device) + shift) % length)


def augmenting(augmentation: Callable[[], nn.Module] | None) -> nn.Module:
    """The first layer of a net: an instance of the class, or nothing."""
    if augmentation is None:
        return nn.Identity()
    if isinstance(augmentation, nn.Module) or not callable(augmentation):
        raise TypeError(
            f"augmentation must be None or what makes a layer, such as the class FlipAndCrop; got "
            f"{augmentation!r}."
            f" {SEE_ERRORS}"
        )
    return augmentation()


def check_images(X: torch.Tensor, n_channels: int) -> None:
    """Raise a ValueError unless X is a batch of images."""
    if X.ndim != 4 or X.shape[1] != n_channels:
        raise ValueError(
            f"X must hold images of shape (n_samples, {n_channels}, height, width); got "
            f"{tuple(X.shape)}. Reshape flat rows, and put channels first."
            f" {SEE_ERRORS}"
        )
