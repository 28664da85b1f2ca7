"""The criterion of a net: exchanged for a training, and taught sample weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from skorch import NeuralNet
from torch import nn

from .._hints import SEE_ERRORS
from ..losses import Criterion
from ..losses._target import TargetLike, read_target
from ..modules import Members

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
            f" {SEE_ERRORS}"
        )
    if inspect.isclass(criterion) and issubclass(criterion, Criterion):
        return
    if weighted:
        _wrap_criterion(net, WeightedCriterion)
    if _trains_members(net):
        _wrap_criterion(net, MembersCriterion)


def _trains_members(net: NeuralNet) -> bool:
    module, arguments = net.module, net.get_params_for("module")
    several = arguments.get("n_members", 1) > 1
    return inspect.isclass(module) and issubclass(module, Members) and several


def _wrap_criterion(net: NeuralNet, wrapper: type[nn.Module]) -> None:
    params = {"criterion": net.criterion, "params": net.get_params_for("criterion")}
    _replace_criterion(
        net, {"criterion": wrapper, **{f"criterion__{k}": v for k, v in params.items()}}
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
                f"{criterion.__name__} has none. Use one of sknoisy.losses. {SEE_ERRORS}"
            )
        self.criterion = criterion(**{**params, "reduction": "none"})

    def forward(self, logits: torch.Tensor, target: TargetLike) -> torch.Tensor:
        labels, weight, *_ = read_target(target)
        losses = self.criterion(logits, labels)
        return (losses if weight is None else losses * weight).mean()


class MembersCriterion(nn.Module):
    """Any criterion for logits by several members, each judged by the rows that it learns from."""

    def __init__(self, criterion: Any, params: Mapping[str, Any]) -> None:
        super().__init__()
        self.criterion = criterion(**params)

    def forward(self, logits: torch.Tensor, target: TargetLike) -> torch.Tensor:
        fields = read_target(target)
        if logits.ndim == 2:
            return self._loss(logits, fields.labels, fields.weight)
        n_members = logits.shape[1]
        if logits.requires_grad:  # Each is trained as if it were alone.
            logits.register_hook(lambda gradient: gradient * n_members)
        losses = []
        for member, by_member in enumerate(logits.unbind(dim=1)):
            rows = slice(None) if fields.fold is None else fields.fold != member
            if len(fields.labels[rows]):
                weight = None if fields.weight is None else fields.weight[rows]
                losses.append(self._loss(by_member[rows], fields.labels[rows], weight))
        return torch.stack(losses).sum() / n_members

    def _loss(self, logits: Any, labels: Any, weight: Any) -> Any:
        return self.criterion(logits, labels if weight is None else (labels, weight))
