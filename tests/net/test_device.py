"""Devices and random numbers."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers import X, Y, train

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy._net import _device, predict_proba
from sknoisy._net._device import (
    move,
    on_device,
    place_of,
    resolve_device,
    seeded,
    widest_float,
)


def test_auto_device_is_one_that_is_there():
    assert torch.zeros(1, device=resolve_device("auto")).device.type == resolve_device("auto")
    assert resolve_device("cpu") == "cpu"


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_device_is_the_fastest_there_is(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert resolve_device("auto") == expected


def test_device_none_is_left_to_skorch():
    assert resolve_device(None) is None
    net = train(make_net(max_epochs=1, device=None))
    assert net.device is None
    assert place_of(net) == torch.device("cpu")
    np.testing.assert_array_equal(
        predict_proba(net, X), predict_proba(train(make_net(max_epochs=1, device="cpu")), X)
    )


def test_mps_is_asked_for_no_double_precision():
    assert widest_float(torch.device("mps")) == torch.float32
    assert widest_float(torch.device("cpu")) == torch.float64


@pytest.mark.parametrize("kind", ["mps", "xpu"])
def test_generators_of_other_devices_are_seeded_and_restored(monkeypatch, kind):
    calls = []
    backend = SimpleNamespace(
        is_available=lambda: True,
        get_rng_state=lambda: "before",
        manual_seed=lambda seed: calls.append(seed),
        set_rng_state=lambda state: calls.append(state),
    )
    monkeypatch.setattr(torch, kind, backend)
    with seeded(5, kind):
        assert calls == [5]
    assert calls == [5, "before"]


def test_unknown_device_is_refused():
    with pytest.raises(ValueError, match='"cuda" or another that PyTorch knows; got 3.5'):
        resolve_device(3.5)


@pytest.mark.parametrize("device", ["cuda:1", "mps", "xpu", "hpu", "meta"])
def test_a_missing_device_is_an_error_with_the_cure(monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.xpu, "is_available", lambda: False)
    kind = device.partition(":")[0].upper()
    with pytest.raises(ValueError, match=f'needs {kind}, and PyTorch finds none.*device="auto"'):
        ForwardCorrectedClassifier(device=device).fit(X, Y)


def test_seeded_block_is_repeatable_and_leaves_no_trace():
    state = torch.get_rng_state()
    draws = []
    for _ in range(2):
        with seeded(5, "cpu"):
            draws.append(torch.rand(3))
    assert torch.equal(*draws)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("device", "expected"), [("cuda:0", 0), ("cuda", 1), ("cpu", None)])
def test_only_generators_that_are_restored_are_seeded(monkeypatch, device, expected):
    class Generator:
        def __init__(self, index):
            self.index = index

        def manual_seed(self, seed):
            seeded_devices.append((self.index, seed))

    def restored(devices):
        restored_devices.extend(devices)
        return nullcontext()

    seeded_devices, restored_devices = [], []
    monkeypatch.setattr(torch.random, "fork_rng", restored)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "default_generators", [Generator(0), Generator(1)])
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: seeded_devices.append("all"))
    state = torch.get_rng_state()
    with seeded(5, device):
        pass
    torch.set_rng_state(state)  # `fork_rng` is imitated.
    assert restored_devices == ([] if expected is None else [expected])
    assert seeded_devices == ([] if expected is None else [(expected, 5)])


class Part(torch.nn.Linear):
    def __init__(self):
        super().__init__(2, 2)


def stub(device):
    module = Part()
    optimizer = torch.optim.Adam(module.parameters(), fused=True)
    module(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return SimpleNet(device, module, optimizer)


class SimpleNet:
    def __init__(self, device, module, optimizer):
        self.device, self.module_, self.optimizer_ = device, module, optimizer
        self.criterion_ = torch.nn.CrossEntropyLoss()


def test_net_is_moved_once_and_back_when_the_last_leaves(monkeypatch):
    moves = []
    monkeypatch.setattr(_device, "move", lambda net, device: moves.append(str(device)))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: moves.append("free"))
    net = stub("cuda:0")
    with on_device(net, home="cpu"):
        with on_device(net), on_device(net):
            assert moves == ["cuda:0"]
        assert moves == ["cuda:0"]
    assert moves == ["cuda:0", "cpu", "free"]
    with pytest.raises(RuntimeError), on_device(net):
        raise RuntimeError
    assert moves[3:] == ["cuda:0", "cpu", "free"]
    with on_device(stub("cpu")):
        assert len(moves) == 6


def test_the_last_of_several_threads_moves_a_net_to_where_the_first_found_it(monkeypatch):
    homes = []
    monkeypatch.setattr(_device, "move", lambda net, device: homes.append(str(device)))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    net = stub("cuda:0")
    first, second = on_device(net), on_device(net)
    first.__enter__()
    net.module_.to("meta")  # Stands for the device.
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert homes == ["cuda:0", "cpu"]


def test_all_tensors_of_a_net_are_moved():
    net = stub("cpu")
    move(net, "meta")
    tensors = [*net.module_.parameters(), *(p.grad for p in net.module_.parameters())]
    for state in net.optimizer_.state.values():
        assert set(state) == {"step", "exp_avg", "exp_avg_sq"}
        tensors += state.values()
    assert {t.device.type for t in tensors} == {"meta"}
    plain = stub("cpu")
    plain.optimizer_ = torch.optim.Adam(plain.module_.parameters(), foreach=False)
    plain.optimizer_.step()
    move(plain, "meta")
    assert {s["step"].device.type for s in plain.optimizer_.state.values()} == {"cpu"}


def test_what_only_the_optimiser_can_move_stays():
    net = stub("cpu")
    net.optimizer_ = torch.optim.LBFGS(net.module_.parameters())
    net.optimizer_.step(lambda: net.module_(torch.ones(1, 2)).square().sum())
    move(net, "meta")
    assert net.module_.weight.device.type == "cpu"
