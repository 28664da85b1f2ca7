"""The update on prepared lists is the optimiser's own step, bit for bit."""

import pytest
import torch
from torch import nn

from sknoisy._net._replay._fused import fused_update, settings_of

X = torch.linspace(-1, 1, 12).reshape(4, 3)


def trained(make_optimizer, n_steps, prepared):
    """Parameters and optimiser after some steps, all but the first by the prepared update."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    optimizer = make_optimizer(list(layers.parameters()))
    update = None
    for _ in range(n_steps):
        optimizer.zero_grad()
        layers(X).square().sum().backward()
        (update or optimizer.step)()
        if prepared and update is None:
            update = fused_update(optimizer)
            assert update is not None
    return layers, optimizer


@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda p: torch.optim.Adam(p, fused=True),
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.5, 0.9), weight_decay=0.1, fused=True),
        lambda p: torch.optim.AdamW(p, weight_decay=0.1, maximize=True, fused=True),
        lambda p: torch.optim.Adam([{"params": p[:2], "lr": 0.1}, {"params": p[2:]}], fused=True),
    ],
    ids=["adam", "settings", "adamw", "groups"],
)
def test_prepared_update_is_the_step(make_optimizer):
    own, own_optimizer = trained(make_optimizer, 5, prepared=True)
    other, optimizer = trained(make_optimizer, 5, prepared=False)
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
        for name, value in optimizer.state[theirs].items():
            assert torch.equal(own_optimizer.state[mine][name], value)


class OwnAdam(torch.optim.Adam):
    pass


@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda p: torch.optim.Adam(p, fused=True, amsgrad=True),
        lambda p: torch.optim.Adam(p, foreach=True),
        lambda p: torch.optim.Adam(p, lr=torch.tensor(0.1), fused=True),
        lambda p: torch.optim.SGD(p, fused=True),
        lambda p: OwnAdam(p, fused=True),
    ],
    ids=["amsgrad", "not fused", "lr in a tensor", "sgd", "subclass"],
)
def test_other_optimisers_keep_their_step(make_optimizer):
    _, optimizer = trained(make_optimizer, 1, prepared=False)
    assert fused_update(optimizer) is None


def test_who_watches_the_steps_goes_on_seeing_them():
    _, optimizer = trained(lambda p: torch.optim.Adam(p, fused=True), 1, prepared=False)
    torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    assert fused_update(optimizer) is not None
    handle = optimizer.register_step_post_hook(lambda *args: None)
    assert fused_update(optimizer) is None
    handle.remove()
    assert fused_update(optimizer) is not None
    optimizer.step = lambda: None
    assert fused_update(optimizer) is None


def test_settings_tell_what_a_prepared_update_depends_on():
    layers, optimizer = trained(lambda p: torch.optim.Adam(p, fused=True), 2, prepared=False)
    before = settings_of(optimizer)
    optimizer.step()
    assert settings_of(optimizer) == before
    optimizer.param_groups[0]["lr"] *= 2
    assert settings_of(optimizer) != before
    optimizer.param_groups[0]["lr"] /= 2
    optimizer.state[layers[0].weight]["exp_avg"] = torch.zeros(4, 3)
    assert settings_of(optimizer) != before
    before = settings_of(optimizer)
    optimizer.register_step_pre_hook(lambda *args: None)
    assert settings_of(optimizer) != before
