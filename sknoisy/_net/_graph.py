"""A recorded program as a CUDA graph: all its kernels in one launch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import torch
from torch import Tensor

from ._record import Program

# PyTorch wants some runs before a capture, for what libraries set up on first use.
RUNS_BEFORE_CAPTURE = 3


@final
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
        self._program = program
        self._inputs = [tensor.clone() for tensor in inputs]
        device = self._inputs[0].device
        here, aside = torch.cuda.current_stream(device), torch.cuda.Stream(device)
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(RUNS_BEFORE_CAPTURE):
                program(*self._inputs)
        here.wait_stream(aside)
        self._graph, self._outputs = _captured(program, self._inputs)

    def __call__(self, *inputs: Tensor) -> tuple[Any, ...]:
        for own, new in zip(self._inputs, inputs, strict=True):
            own.copy_(new)
        self._graph.replay()
        return self._outputs

    def followed_by(self, use: Callable[[tuple[Any, ...]], None]) -> GraphProgram:
        """The program and a use of its results, such as an update, in one launch.

        Parameters
        ----------
        use : callable
            Takes the results. It is captured and not run, so that it may leave traces; its
            kernels have run before.
        """

        def program(*inputs: Tensor) -> tuple[Any, ...]:
            outputs = self._program(*inputs)
            use(outputs)
            return outputs

        both = object.__new__(GraphProgram)
        both._program, both._inputs = program, self._inputs
        both._graph, both._outputs = _captured(program, self._inputs)
        return both


def _captured(program: Program, inputs: Sequence[Tensor]) -> tuple[Any, tuple[Any, ...]]:
    graph = torch.cuda.CUDAGraph()
    # Other threads may train other networks: what they ask of the device must not be refused.
    with torch.cuda.device(inputs[0].device):
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            outputs = program(*inputs)
    return graph, outputs
