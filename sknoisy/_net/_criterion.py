"""The criterion of a net: exchanged for a training, and taught sample weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from skorch import NeuralNet
from torch import nn

from ..losses import Criterion
from ..losses._target import TargetLike, read_target

# Parameters ``criterion`` and ``criterion__*`` of a net.
CriterionParams = Mapping[str, Any]


def new_criterion(params: CriterionParams) -> Any:
    """The criterion that the parameters describe."""
    arguments = {k.removeprefix("criterion__"): v for k, v in params.items() if k != "criterion"}
    return params["criterion"](**arguments)


def set_criterion(net: NeuralNet, params: CriterionParams | None, weighted: bool) -> None:
    """Give a net that is not initialized another criterion, or weights for its present one."""
    if params is not None:
        _replace_criterion(net, params)
    criterion = net.criterion
    if isinstance(criterion, nn.Module):
        raise TypeError(
            f"The criterion must be a class, not an instance: pass "
            f"criterion={type(criterion).__name__} and its arguments as criterion__<argument>=...."
        )
    if weighted and not (inspect.isclass(criterion) and issubclass(criterion, Criterion)):
        _replace_criterion(
            net,
            {
                "criterion": WeightedCriterion,
                "criterion__criterion": criterion,
                "criterion__params": net.get_params_for("criterion"),
            },
        )


def _replace_criterion(net: NeuralNet, params: CriterionParams) -> None:
    for name in list(net.get_params_for("criterion")):
        delattr(net, f"criterion__{name}")
    net.set_params(criterion=params["criterion"])
    net.set_params(**{name: value for name, value in params.items() if name != "criterion"})


class WeightedCriterion(nn.Module):
    """Sample weights for a criterion of PyTorch's that knows ``reduction="none"``."""

    def __init__(self, criterion: Any, params: Mapping[str, Any]) -> None:
        super().__init__()
        if "reduction" not in inspect.signature(criterion).parameters:
            raise ValueError(
                f"sample_weight and class_weight need a criterion with a parameter reduction; "
                f"{criterion.__name__} has none. Use one of sknoisy.losses."
            )
        self.criterion = criterion(**{**params, "reduction": "none"})

    def forward(self, logits: torch.Tensor, target: TargetLike) -> torch.Tensor:
        labels, weight, *_ = read_target(target)
        losses = self.criterion(logits, labels)
        return (losses if weight is None else losses * weight).mean()
