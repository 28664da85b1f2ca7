"""What is sent to a device is what arrives; CUDA itself is imitated here."""

from contextlib import nullcontext

import pytest
import torch

from sknoisy._iterators import _transfer
from sknoisy._iterators._transfer import sent, sent_ahead


class Device:
    """Notes what is asked of it, in order."""

    def __init__(self, monkeypatch):
        self.log = []
        copies = iter(range(100))
        device = self

        class Stream:
            def __init__(self, *args):
                pass

            def record_event(self):
                number = next(copies)
                device.log.append(f"copy {number}")
                return number

            def wait_event(self, number):
                device.log.append(f"await {number}")

        monkeypatch.setattr(_transfer.torch.cuda, "Stream", Stream)
        monkeypatch.setattr(_transfer.torch.cuda, "stream", lambda stream: nullcontext())
        monkeypatch.setattr(_transfer.torch.cuda, "current_stream", Stream)
        monkeypatch.setattr(_transfer, "sent", lambda tensor, device: tensor)
        monkeypatch.setattr(torch.Tensor, "record_stream", lambda self, stream: None)


@pytest.mark.parametrize("n_batches", [0, 1, 3])
def test_each_batch_is_on_its_way_before_the_one_before_is_used(monkeypatch, n_batches):
    device = Device(monkeypatch)
    batches = [torch.full((2,), float(k)) for k in range(n_batches)]
    for k, batch in enumerate(sent_ahead(iter(batches), torch.device("cuda:0"))):
        assert torch.equal(batch, batches[k])
        device.log.append(f"use {k}")
    expected = ["copy 0", "copy 1", "await 0", "use 0", "copy 2", "await 1", "use 1"]
    expected += ["await 2", "use 2"]
    few = ["copy 0", "await 0", "use 0"] if n_batches else []
    assert device.log == (expected if n_batches == 3 else few)


def test_other_devices_get_each_batch_when_it_is_wanted():
    given = (torch.ones(2) for _ in range(3))
    sending = sent_ahead(given, torch.device("meta"))
    assert next(sending).device.type == "meta"
    assert len(list(given)) == 2


def test_copies_to_cuda_start_from_pinned_memory_and_are_not_waited_for(monkeypatch):
    asked = []

    class Tensor(torch.Tensor):
        def pin_memory(self):
            asked.append("pinned")
            return self

        def to(self, device, **settings):
            asked.append((str(device), settings))
            return self

    rows = torch.ones(2).as_subclass(Tensor)
    assert sent(rows, torch.device("cuda:0")) is rows
    assert asked == ["pinned", ("cuda:0", {"non_blocking": True})]
    assert sent(torch.ones(2), torch.device("meta")).device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_batches_arrive_on_cuda():
    batches = [torch.full((1000, 100), float(k)) for k in range(20)]
    totals = [batch.sum() for batch in sent_ahead(batches, torch.device("cuda:0"))]
    assert [total.item() for total in totals] == [1e5 * k for k in range(20)]
