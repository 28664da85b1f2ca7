"""A recorded program as a CUDA graph: all its kernels in one launch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ._record import Program

# PyTorch wants some runs before a capture, for what libraries set up on first use.
RUNS_BEFORE_CAPTURE = 3


class GraphProgram:
    """Runs a program by launching its kernels at once; results lie where the last ones lay.

    Parameters
    ----------
    program : callable
        Without random numbers, and without changes of tensors from outside: runs before the
        capture must leave no trace.
    inputs : sequence of Tensor
        Inputs of the shapes that all later ones will have, on a CUDA device.
    """

    def __init__(self, program: Program, inputs: Sequence[Tensor]) -> None:
        self._inputs = [tensor.clone() for tensor in inputs]
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(RUNS_BEFORE_CAPTURE):
                program(*self._inputs)
        here.wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._outputs = program(*self._inputs)

    def __call__(self, *inputs: Tensor) -> tuple[Any, ...]:
        for own, new in zip(self._inputs, inputs, strict=True):
            own.copy_(new)
        self._graph.replay()
        return self._outputs
