"""A training step as PyTorch does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class TrainingStep:
    """Loss, gradients and update of one batch after the other; see `make_step`."""

    def __init__(
        self,
        module: nn.Module,
        criterion: Any,
        optimizer: Any,
        loss_of: Callable[[Tensor, Any], Tensor],
    ) -> None:
        self.parts = module, criterion, optimizer
        self.loss_of = loss_of

    def begin_epoch(self) -> None:
        """Anything may have changed since the last epoch; within one nothing does."""

    def __call__(self, X: Tensor, target: Any) -> Tensor:
        """Train on a batch, without gradients around; return its mean loss."""
        loss = self.backward(X, target)
        self.parts[2].step()
        return loss

    def backward(self, X: Tensor, target: Any) -> Tensor:
        self.parts[2].zero_grad()
        with torch.enable_grad():
            loss = self.loss_of(X, target)
            loss.backward()
        return loss.detach()
