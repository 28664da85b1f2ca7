"""Buffers that take their shape from the data, and yet can be saved and loaded."""

from __future__ import annotations

from typing import Any

from torch import nn


class LazyBuffers(nn.Module):
    """Abstract module whose buffers are empty until the first batch."""

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        # PyTorch refuses to copy a trained state into the empty buffers of a new module.
        for name, buffer in self._buffers.items():
            saved = state_dict.get(prefix + name)
            if buffer is not None and saved is not None and saved.shape != buffer.shape:
                self._buffers[name] = buffer.new_empty(saved.shape)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
