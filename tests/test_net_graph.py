"""A graph gets its inputs copied and gives results that lie still; CUDA itself is imitated here."""

from contextlib import nullcontext

import pytest
import torch
from helpers import train, weights_of

from sknoisy import make_net
from sknoisy._net import _graph
from sknoisy._net._graph import GraphProgram


class Stream:
    def wait_stream(self, other):
        pass


class Graph:
    """Replays by running the captured program into the results of the capture."""

    def replay(self):
        program, inputs, outputs = self.captured
        for old, new in zip(outputs, program(*inputs), strict=True):
            old.copy_(new)


@pytest.fixture
def _imitated_cuda(monkeypatch):
    monkeypatch.setattr(_graph.torch.cuda, "Stream", Stream)
    monkeypatch.setattr(_graph.torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(_graph.torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(_graph.torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(_graph.torch.cuda, "graph", lambda graph: nullcontext())


@pytest.mark.usefixtures("_imitated_cuda")
def test_graph_copies_inputs_and_results_lie_still():
    runs = []

    def program(x, y):
        runs.append(1)
        return x + y, x * y

    first = torch.ones(2), torch.full((2,), 3.0)
    graph = GraphProgram(program, first)
    assert len(runs) == _graph.RUNS_BEFORE_CAPTURE + 1
    graph._graph.captured = program, graph._inputs, graph._outputs
    total, product = graph(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 7.0]))
    assert total.tolist() == [6.0, 9.0]
    assert product.tolist() == [5.0, 14.0]
    again, _ = graph(*first)
    assert again is total
    assert first[0].tolist() == [1.0, 1.0]


def test_without_cuda_a_graph_is_an_ordinary_replay():
    assert torch.equal(
        weights_of(train(make_net(max_epochs=4, batch_size=32, replay="graph"))),
        weights_of(train(make_net(max_epochs=4, batch_size=32, replay=False))),
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_graph_trains_the_network_that_ordinary_steps_train():
    settings = {"max_epochs": 10, "batch_size": 32, "device": "cuda"}
    nets = [train(make_net(replay=replay, **settings)) for replay in ("graph", False)]
    torch.testing.assert_close(*(weights_of(net) for net in nets), rtol=1e-3, atol=1e-4)
    assert {p.device.type for p in nets[0].module_.parameters()} == {"cpu"}
