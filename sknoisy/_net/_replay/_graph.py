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

    The program must not draw random numbers or change tensors from outside, for the runs before
    the capture must leave no trace. `inputs` lie on a CUDA device and have the shapes of all later
    ones.
    """

    def __init__(self, program: Program, inputs: Sequence[Tensor], *, is_warm: bool = False):
        self.program = program
        self.inputs = inputs if is_warm else [tensor.clone() for tensor in inputs]
        if not is_warm:
            device = inputs[0].device
            here, aside = torch.cuda.current_stream(device), torch.cuda.Stream(device)
            aside.wait_stream(here)
            with torch.cuda.stream(aside):
                for _ in range(RUNS_BEFORE_CAPTURE):
                    program(*self.inputs)
            here.wait_stream(aside)
        self.graph, self.outputs = _capture(program, self.inputs)

    def __call__(self, *inputs: Tensor) -> tuple[Any, ...]:
        for place, tensor in zip(self.inputs, inputs, strict=True):
            place.copy_(tensor)
        self.graph.replay()
        return self.outputs

    def followed_by(self, action: Callable[[tuple[Any, ...]], None]) -> GraphProgram:
        """The program and an action on its results, such as an update, in one launch.

        The action is captured and not run, so it may leave traces; its kernels must have run.
        """

        def program(*inputs: Tensor) -> tuple[Any, ...]:
            outputs = self.program(*inputs)
            action(outputs)
            return outputs

        return GraphProgram(program, self.inputs, is_warm=True)


def _capture(program: Program, inputs: Sequence[Tensor]) -> tuple[Any, tuple[Any, ...]]:
    graph = torch.cuda.CUDAGraph()
    # Other threads may train other networks: what they ask of the device must not be refused.
    with torch.cuda.device(inputs[0].device):
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            outputs = program(*inputs)
    return graph, outputs
