"""Batch normalisation without parameters, as an output layer that belongs to the loss."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from .._hints import SEE_ERRORS
from ._lazy_buffers import LazyBuffers

# Weight of the newest batch in the running averages, as in torch.nn.BatchNorm1d.
MOMENTUM = 0.1


@final
class BatchNorm(LazyBuffers):
    """Standardised logits: by the batch in training mode, by running averages in evaluation.

    There is no learned scale or offset: a scale would undo the bound on the scores. A training
    batch of one example, as the last of an epoch may be, uses the running averages too. Before
    any batch was seen, evaluation leaves the logits as they are.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(0))
        self.register_buffer("running_var", torch.zeros(0))

    def forward(self, logits: Tensor) -> Tensor:
        """Return the standardised logits, of shape (n, n_classes)."""
        is_first = len(self.running_mean) == 0
        if is_first:
            if not self.training:
                return logits
            if len(logits) < 2:
                raise ValueError(
                    "Batch normalisation needs at least 2 examples to know their spread; got 1 "
                    f"sample. Use a larger batch_size, or batch_norm=False. {SEE_ERRORS}"
                )
            self.running_mean = logits.new_zeros(logits.shape[1])
            self.running_var = logits.new_zeros(logits.shape[1])
        elif not self.training:  # Which changes nothing, so that threads may share it.
            return F.batch_norm(logits, self.running_mean.to(logits), self.running_var.to(logits))
        elif self.running_mean.dtype != logits.dtype or self.running_mean.device != logits.device:
            self.to(logits)
        return F.batch_norm(
            logits,
            self.running_mean,
            self.running_var,
            training=len(logits) > 1,
            # The first batch replaces the zeros altogether.
            momentum=1.0 if is_first else MOMENTUM,
        )
