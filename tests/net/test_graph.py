"""A graph gets its inputs copied and gives results that lie still; CUDA itself is imitated here."""

from contextlib import contextmanager, nullcontext

import pytest
import torch
from helpers import train, weights_of
from skorch.callbacks import Callback, LRScheduler
from torch.optim.lr_scheduler import StepLR

from sknoisy import make_net
from sknoisy._net._replay import _graph, _replaying
from sknoisy._net._replay._graph import GraphProgram
from sknoisy.losses import CrossEntropy


class Stream:
    def __init__(self, device):
        assert isinstance(device, torch.device)

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
    monkeypatch.setattr(_graph.torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(_graph.torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(_graph.torch.cuda, "graph", lambda graph, **settings: nullcontext())


@pytest.mark.usefixtures("_imitated_cuda")
def test_graph_copies_inputs_and_results_lie_still():
    runs = []

    def program(x, y):
        runs.append(1)
        return x + y, x * y

    first = torch.ones(2), torch.full((2,), 3.0)
    graph = GraphProgram(program, first)
    assert len(runs) == _graph.RUNS_BEFORE_CAPTURE + 1
    graph.graph.captured = program, graph.inputs, graph.outputs
    total, product = graph(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 7.0]))
    assert total.tolist() == [6.0, 9.0]
    assert product.tolist() == [5.0, 14.0]
    again, _ = graph(*first)
    assert again is total
    assert first[0].tolist() == [1.0, 1.0]


@contextmanager
def nothing_happens(tensors):
    """Undo what is done to some tensors: a capture notes what is asked, and does not do it."""
    before = [tensor.detach().clone() for tensor in tensors]
    yield
    with torch.no_grad():
        for tensor, value in zip(tensors, before, strict=True):
            tensor.copy_(value)


class WholeSteps(Callback):
    """Imitates capture and replay, and notes which sizes of batches have a graph of a step."""

    used: list = []

    def capture(self, program, inputs):
        states = self.net.optimizer_.state.values()
        tensors = [*self.net.module_.parameters(), *(t for s in states for t in s.values())]
        with nothing_happens(tensors):
            outputs = program(*inputs)
        graph = Graph()
        graph.captured = program, inputs, outputs
        return graph, outputs

    def on_train_begin(self, net, **kwargs):
        self.net = net
        _graph._capture = self.capture

    def on_epoch_end(self, net, **kwargs):
        sizes = net._step.sizes.items()
        self.used.append([n_rows for n_rows, size in sizes if size.whole_step is not None])


@pytest.mark.usefixtures("_imitated_cuda")
@pytest.mark.parametrize(
    ("settings", "used"),
    [
        ({}, [[32], [32], [32], [32, 6]]),
        ({"criterion": CrossEntropy, "lr": 0.1}, [[32], [32], [32], [32, 6]]),
        ({"callbacks": [LRScheduler(StepLR, step_size=3)]}, [[32], [32], [32], [6]]),
        ({"optimizer": torch.optim.SGD}, [[]] * 4),
        ({"module__dropout": 0.3}, [[]] * 4),
    ],
    ids=["adam", "large steps", "scheduler", "no fused update", "random numbers"],
)
def test_graphs_of_whole_steps_train_the_network_of_ordinary_ones(monkeypatch, settings, used):
    monkeypatch.setattr(_replaying, "BATCHES_BEFORE_RECORDING", 2)
    monkeypatch.setattr(_replaying, "_has_graphs", lambda device: True)
    monkeypatch.setattr(_graph, "_capture", None)
    monkeypatch.setattr(WholeSteps, "used", [])
    settings, nets = dict(settings), []
    others = settings.pop("callbacks", [])
    for replay in ("graph", False):
        callbacks = [*([WholeSteps()] if replay else []), *others]
        nets.append(
            train(
                make_net(
                    max_epochs=4, batch_size=32, replay=replay, callbacks=callbacks, **settings
                )
            )
        )
    assert torch.equal(*(weights_of(net) for net in nets))
    assert WholeSteps.used == used


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
