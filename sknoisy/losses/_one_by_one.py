"""Logits by several members, as those of so many more examples."""

from __future__ import annotations

import torch
from torch import Tensor

from .._hints import SEE_ERRORS
from ._target import Target


def one_by_one(logits: Tensor, target: Target, *, averaged: bool) -> tuple[Tensor, Target]:
    """An example for each row and member: n * n_members of them.

    Rows that a member does not learn from get weight 0, the others so much more that their mean
    weight is what it was. If the losses are `averaged` then over members too; the gradients are
    multiplied by the number of members, so that each is trained as if it were alone.
    """
    n_rows, n_members = logits.shape[:2]
    labels, weight, index, matrix, fold, *soft = target
    if labels.shape != (n_rows,):
        raise ValueError(
            f"target must have shape ({n_rows},), one class index per row of logits; got "
            f"{tuple(labels.shape)}."
            f" {SEE_ERRORS}"
        )
    if averaged and logits.requires_grad:
        logits.register_hook(lambda gradient: gradient * n_members)
    weight, index, matrix, all_labels, shares = (
        None if values is None else values.repeat_interleave(n_members, dim=0)
        for values in (weight, index, matrix, *soft)
    )
    members = torch.arange(n_members, device=logits.device)
    if index is not None:
        index = index * n_members + members.repeat(n_rows)
    if fold is not None:
        learnt = (fold.unsqueeze(1) != members).reshape(-1)
        share = learnt.to(logits.dtype) * (n_members / max(1, n_members - 1))
        weight = share if weight is None else weight * share
    return logits.reshape(n_rows * n_members, -1), Target(
        labels.repeat_interleave(n_members),
        weight,
        index,
        matrix,
        all_labels=all_labels,
        shares=shares,
    )
