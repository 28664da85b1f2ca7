"""Images with their channels last in memory, the layout that convolutions on a GPU are made for."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

# Where classes live whose forward is a function of input, parameters, buffers and settings.
_OWN = ("torch.nn.modules.", "sknoisy.")


def is_plain(module: nn.Module) -> bool:
    """Whether the class of a module, its parts aside, is PyTorch's or sknoisy's own."""
    return type(module).__module__.startswith(_OWN)


def wants_channels_last(choice: Any, module: nn.Module, device: Any) -> bool:
    """What the parameter `channels_last` of a net comes to.

    "auto" leaves users' classes alone: a `view` that fits one layout fails in the other.
    """
    if choice != "auto":
        return bool(choice)
    return torch.device(device).type == "cuda" and all(is_plain(part) for part in module.modules())


def put_channels_last(value: Any) -> Any:
    """A batch of images with its channels last in memory; anything else as it is."""
    images = isinstance(value, torch.Tensor) and value.ndim == 4 and value.is_floating_point()
    return value.contiguous(memory_format=torch.channels_last) if images else value


def put_parameters_channels_last(module: nn.Module) -> None:
    """The same for the weights of convolutions; the parameters stay the objects they are."""
    for parameter in module.parameters():
        parameter.data = put_channels_last(parameter.data)
