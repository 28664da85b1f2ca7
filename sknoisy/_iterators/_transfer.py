"""From main memory to a device, without waiting for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on a device; a copy to CUDA is only asked for, and later work there awaits it."""
    if device.type != "cuda" or tensor.device.type == "cuda":
        return tensor.to(device)
    if tensor.layout != torch.strided:
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def sent_ahead(tensors: Iterable[Tensor], device: torch.device) -> Iterator[Tensor]:
    """Tensors on a device; to CUDA each is on its way while work goes on with the one before.

    Copies run from pinned memory on a stream of their own, so that neither this program nor the
    computation on the device waits for them.
    """
    if device.type != "cuda":
        yield from (tensor.to(device) for tensor in tensors)
        return
    aside = torch.cuda.Stream(device)
    waiting: tuple[Tensor, torch.cuda.Event] | None = None
    for tensor in tensors:
        with torch.cuda.stream(aside):
            following = sent(tensor, device), aside.record_event()
        if waiting is not None:
            yield _arrived(*waiting)
        waiting = following
    if waiting is not None:
        yield _arrived(*waiting)


def _arrived(tensor: Tensor, copied: torch.cuda.Event) -> Tensor:
    here = torch.cuda.current_stream(tensor.device)
    here.wait_event(copied)
    # Its memory belongs to the stream of the copies, which must not reuse it before we are done.
    parts = [tensor]
    if tensor.layout == torch.sparse_csr:
        parts = [tensor.crow_indices(), tensor.col_indices(), tensor.values()]
    for part in parts:
        part.record_stream(here)
    return tensor
