"""Layers with the initial weights of the papers."""

from __future__ import annotations

import torch
from torch import nn

from .._checks import check_flag, check_sizes

# Patrini et al. (2017): "otherwise by uniform sampling in [-0.05, 0.05]".
UNIFORM_RANGE = 0.05


def he_linear(n_in: int, n_out: int, dtype: torch.dtype | None = None) -> nn.Linear:
    """Linear layer for a ReLU behind it: normal weights of variance 2 / n_in, zero bias.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and outputs.
    dtype : torch.dtype, default=None
        Type of the weights; None is the default of PyTorch.

    Returns
    -------
    torch.nn.Linear

    See Also
    --------
    he_conv : The convolution.
    uniform_linear : For a layer with no ReLU behind it.

    Examples
    --------
    >>> he_linear(3, 2).bias.tolist()
    [0.0, 0.0]
    """
    check_sizes(n_in=n_in, n_out=n_out)
    layer = nn.Linear(n_in, n_out, dtype=dtype)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer


def he_conv(
    n_in: int, n_out: int, kernel_size: int = 3, *, stride: int = 1, bias: bool = False
) -> nn.Conv2d:
    """Convolution that keeps the image size (at stride 1), with He's normal weights, zero bias.

    The variance of the weights is ``2 / (n_in * kernel_size ** 2)``.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of channels before and after.
    kernel_size : int, default=3
        Height and width of the kernel, in pixels.
    stride : int, default=1
        Step between its places, in pixels.
    bias : bool, default=False
        Whether to add a constant to each channel.

    Returns
    -------
    torch.nn.Conv2d

    See Also
    --------
    he_linear : The linear layer.

    Examples
    --------
    >>> he_conv(3, 16)(torch.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 16, 8, 8])
    """
    check_sizes(n_in=n_in, n_out=n_out, kernel_size=kernel_size, stride=stride)
    check_flag(bias, "bias")
    layer = nn.Conv2d(n_in, n_out, kernel_size, stride, padding=kernel_size // 2, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def uniform_linear(n_in: int, n_out: int) -> nn.Linear:
    """Linear layer with no ReLU behind it: weights uniform in [-0.05, 0.05], zero bias.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and outputs.

    Returns
    -------
    torch.nn.Linear

    See Also
    --------
    he_linear : For a layer with a ReLU behind it.

    Examples
    --------
    >>> bool(uniform_linear(9, 2).weight.abs().max() <= 0.05)
    True
    """
    check_sizes(n_in=n_in, n_out=n_out)
    layer = nn.Linear(n_in, n_out)
    nn.init.uniform_(layer.weight, -UNIFORM_RANGE, UNIFORM_RANGE)
    nn.init.zeros_(layer.bias)
    return layer
