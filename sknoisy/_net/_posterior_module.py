"""A fitted net as one module, from rows to posteriors."""

from __future__ import annotations

import copy

import torch
from skorch import NeuralNet
from torch import Tensor, nn

from ..losses import Criterion
from ..losses._base import single_precision
from ._data import ModuleInput, takes_sparse


class PosteriorModule(nn.Module):
    """The module of a fitted net, what its loss puts on top, and the softmax; on the CPU."""

    def __init__(self, net: NeuralNet) -> None:
        super().__init__()
        self.module = copy.deepcopy(net.module_).cpu()
        self.criterion = copy.deepcopy(net.criterion_).cpu()
        self.eval()

    def forward(self, X: Tensor) -> Tensor:
        output = self.module(X)
        logits = output[0] if isinstance(output, tuple) else output
        if isinstance(self.criterion, Criterion):
            logits = self.criterion.output_layer(single_precision(logits))
        return torch.softmax(logits, dim=1)


def input_dtype(net: NeuralNet) -> torch.dtype | None:
    """The type of the rows that a fitted net takes; None if they are sparse or unknown."""
    takes: ModuleInput | None = vars(net).get("_module_input")
    return None if takes is None or takes_sparse(net) else takes.dtype
