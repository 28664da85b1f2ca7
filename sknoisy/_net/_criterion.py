"""The criterion of a net: exchanged for a training, and taught sample weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from skorch import NeuralNet
from torch import nn

from ..losses import Criterion


def new_criterion(params: Mapping[str, Any]) -> Any:
    """The criterion that the parameters ``criterion`` and ``criterion__*`` of a net describe."""
    arguments = {k.removeprefix("criterion__"): v for k, v in params.items() if k != "criterion"}
    return params["criterion"](**arguments)


def set_criterion(net: NeuralNet, criterion: Mapping[str, Any] | None, weighted: bool) -> None:
    if criterion is not None:
        for name in list(net.get_params_for("criterion")):
            delattr(net, f"criterion__{name}")
        net.set_params(**criterion)
    own = net.criterion
    if isinstance(own, nn.Module):
        raise TypeError(
            f"The criterion must be a class, not an instance: pass criterion={type(own).__name__} "
            f"and its arguments as criterion__<argument>=...."
        )
    if weighted and not (inspect.isclass(own) and issubclass(own, Criterion)):
        params = net.get_params_for("criterion")
        for name in params:
            delattr(net, f"criterion__{name}")
        net.set_params(criterion=WeightedCriterion, criterion__criterion=own)
        net.set_params(criterion__params=params)


class WeightedCriterion(nn.Module):
    """Sample weights for a criterion of PyTorch's that knows `reduction="none"`."""

    def __init__(self, criterion: Any, params: Mapping[str, Any]) -> None:
        super().__init__()
        if "reduction" not in inspect.signature(criterion).parameters:
            raise ValueError(
                f"sample_weight and class_weight need a criterion with a parameter reduction; "
                f"{criterion.__name__} has none. Use one of sknoisy.losses."
            )
        self.criterion = criterion(**{**params, "reduction": "none"})

    def forward(self, logits: torch.Tensor, target: Any) -> torch.Tensor:
        y, weight = target[:2]
        return (self.criterion(logits, y) * weight).mean()
