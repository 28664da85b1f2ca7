"""Which entries of a row are ids for an embedding, and how many it knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

# Marks an entry: no network computes with such ids, and an int32 still holds them.
MARK = 2**30


def known_ids(forward: Callable[[Tensor], Any], rows: Tensor) -> NDArray[np.int64] | None:
    """For each entry of a row, how many ids there are in the embedding that it goes to.

    Forward is run on rows whose entries say where they stand, so that they are recognised however
    it selects and orders them. None where no entry reaches an embedding as it is.
    """
    places = torch.arange(rows[0].numel(), device=rows.device).reshape(rows[0].shape)
    lookups = _Lookups(rows[0].numel())
    try:
        with lookups:
            forward((places + MARK).expand_as(rows).contiguous())
    except Exception:  # Numbers like these may be too much for the rest of the network.
        pass
    n_known = lookups.n_known.reshape(tuple(rows[0].shape))
    return n_known if (n_known < MARK).any() else None


class _Lookups(TorchFunctionMode):
    """Watches embeddings, and gives them a harmless id in place of each mark."""

    def __init__(self, n_entries: int) -> None:
        super().__init__()
        self.n_known = np.full(n_entries, MARK, dtype=np.int64)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in (F.embedding, F.embedding_bag):
            ids, weight, *rest = args
            places = (ids[ids >= MARK].long() - MARK).unique().cpu().numpy()
            self.n_known[places] = np.minimum(self.n_known[places], len(weight))
            args = (torch.zeros_like(ids), weight, *rest)
        return func(*args, **(kwargs or {}))
