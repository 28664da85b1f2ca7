"""The loss of an example with several labels, by their shares or as candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .._hints import SEE_ERRORS
from ._target import Target


def over_labels(
    loss: Callable[..., Tensor], logits: Tensor, target: Target, **fields: Tensor | None
) -> Tensor:
    """Return ``loss(logits, labels, **fields)`` of each example, of shape (n,).

    Where examples have several labels, the same as for an example repeated for each of them with
    its share as weight; the network is asked once. Where these are candidates, the losses are
    minus the logarithms of probabilities, and so is that of the set: the sum of these.
    """
    if target.all_labels is None:
        return loss(logits, target.labels, **fields)
    shares = _checked_shares(target, len(logits))
    n_labels = shares.shape[1]
    repeated: dict[str, Any] = {
        name: None if values is None else values.repeat_interleave(n_labels)
        for name, values in fields.items()
    }
    each = logits.unsqueeze(1).expand(-1, n_labels, -1).reshape(-1, logits.shape[1])
    losses = loss(each, target.all_labels.reshape(-1), **repeated)
    losses = losses.reshape(shares.shape)
    if shares.dtype == torch.bool:
        return -(-losses).masked_fill(~shares, -torch.inf).logsumexp(dim=1)
    return (losses * shares.to(losses)).sum(dim=1)


def _checked_shares(target: Target, n_rows: int) -> Tensor:
    """The shares, which must be of the shape of the labels, one row for each example."""
    labels, shares = target.all_labels, target.shares
    assert labels is not None
    if shares is None or labels.ndim != 2 or len(labels) != n_rows or shares.shape != labels.shape:
        got = None if shares is None else tuple(shares.shape)
        raise ValueError(
            f"all_labels and shares of the target must both have shape ({n_rows}, n_labels); got "
            f"{tuple(labels.shape)} and {got}."
            f" {SEE_ERRORS}"
        )
    if labels.is_floating_point():
        raise TypeError(
            f"all_labels must hold integer class indices; got {labels.dtype}. {SEE_ERRORS}"
        )
    return shares
