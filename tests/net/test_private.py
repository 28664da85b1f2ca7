"""A PyTorch that was not tested, or that lacks or changed a private name, replays nothing."""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from helpers import train, weights_of
from skorch.callbacks import Callback
from torch import nn
from torch.nn.modules import module as torch_module
from torch.optim import Optimizer, lr_scheduler
from torch.optim import optimizer as torch_optimizer
from torch.utils import _python_dispatch

import sknoisy
from sknoisy import make_net
from sknoisy._net import _replay
from sknoisy._net._replay import TrainingStep, why_off

PACKAGE = Path(sknoisy.__file__).parent
FOLDER = PACKAGE / "_net" / "_replay"
ENGINE = ("_private", "_record", "_fused", "_graph", "_replaying")
# No underscore, and yet not in PyTorch's documentation, or not for what they are used here.
UNDOCUMENTED = {
    *("Tag", "alias_info", "arguments", "is_anomaly_enabled", "is_autocast_enabled", "is_mutable"),
    *("is_write", "returns", "tags"),
}


def private_names(file):
    """Names that start with an underscore and are no part of this file's own classes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr in UNDOCUMENTED:
                yield f"{file.name}, line {node.lineno}: {node.attr}"
            outside = not (isinstance(node.value, ast.Name) and node.value.id == "self")
            if outside and node.attr.startswith("_") and not node.attr.startswith("__"):
                yield f"{file.name}, line {node.lineno}: {node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for name in [*node.module.split("."), *(alias.name for alias in node.names)]:
                if node.module.startswith("torch") and name.startswith("_"):
                    yield f"{file.name}, line {node.lineno}: {name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.startswith("_") and node.value.isidentifier() and node.value != "_":
                yield f"{file.name}, line {node.lineno}: {node.value!r}"


def test_one_file_of_the_engine_has_all_names_that_are_private_in_pytorch():
    files = sorted(FOLDER.glob("*.py"))
    assert list(private_names(FOLDER / "_private.py"))
    assert [name for f in files if f.stem != "_private" for name in private_names(f)] == []


def test_the_engine_has_one_door_and_is_not_loaded_before_it_is_needed():
    importers = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if file.parent != FOLDER
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and "_replay" in f"{node.module}".split(".")
    }
    assert importers == {"_net/_lean.py"}
    body = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8")).body
    at_once = [node.module for node in body if isinstance(node, ast.ImportFrom) and node.level]
    assert at_once == ["_step"]


KINDS = []


class Kind(Callback):
    """Notes which kind of step is taken."""

    def on_epoch_end(self, net, **kwargs):
        KINDS.append(type(net._step))


@pytest.fixture(scope="module")
def ordinary():
    return weights_of(train(make_net(max_epochs=4, replay=False)))


@pytest.fixture
def fresh(monkeypatch):
    """The engine is loaded, and probed, once more; the patches for that time."""
    KINDS.clear()
    for name in ENGINE:
        monkeypatch.delitem(sys.modules, f"{_replay.__name__}.{name}", raising=False)
        monkeypatch.delattr(_replay, name, raising=False)
    why_off.cache_clear()
    with monkeypatch.context() as patches:
        yield patches
    why_off.cache_clear()


def check_off(ordinary, reason, replay="auto"):
    assert reason in why_off()
    net = train(make_net(max_epochs=4, replay=replay, callbacks=[Kind()]))
    assert set(KINDS) == {TrainingStep}
    assert torch.equal(weights_of(net), ordinary)


def test_with_this_version_of_pytorch_every_probe_passes(fresh, ordinary):
    assert why_off() is None
    net = train(make_net(max_epochs=4, callbacks=[Kind()]))
    assert {kind.__name__ for kind in KINDS} == {"ReplayingStep"}
    assert torch.equal(weights_of(net), ordinary)


@pytest.mark.parametrize("replay", ["auto", True, "graph"])
@pytest.mark.parametrize("version", ["2.5.1", "2.99.0+cpu", "3.13.0a1", "built by hand"])
def test_with_an_untested_version_every_step_is_ordinary(fresh, ordinary, version, replay):
    fresh.setattr(torch, "__version__", version)
    check_off(ordinary, f"PyTorch {version} was not tested", replay)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (_python_dispatch, "TorchDispatchMode"),
        (torch, "Tag"),
        (torch._ops.OpOverload, "tags"),
        (nn.Module, "_compiled_call_impl"),
        *(
            (torch_module, f"_global_{kind}_hooks")
            for kind in ("forward", "forward_pre", "backward", "backward_pre")
        ),
        (torch_optimizer, "_global_optimizer_pre_hooks"),
        (torch_optimizer, "_global_optimizer_post_hooks"),
        (torch, "is_autocast_enabled"),
        (torch, "is_anomaly_enabled"),
        (torch, "_fused_adam_"),
        (torch, "_fused_adamw_"),
        (torch, "_foreach_add_"),
    ],
)
def test_without_a_private_name_every_step_is_ordinary(fresh, ordinary, owner, name):
    fresh.delattr(owner, name)
    reason = why_off()
    fresh.undo()  # Some are needed for the ordinary step too.
    check_off(ordinary, name)
    assert why_off() == reason


def does_nothing(self, *args, **kwargs):
    """Such as a hook that is kept where nobody looks for it."""
    return self


def replaces_step(optimizer, *args):
    optimizer.step = optimizer.step.__func__


TAGS = ("nondeterministic_seeded", "data_dependent_output", "dynamic_output_shape")


@pytest.mark.parametrize(
    ("owner", "name", "behaviour"),
    [
        (_python_dispatch.TorchDispatchMode, "__enter__", does_nothing),
        (torch._ops.OpOverload, "tags", ()),
        (torch, "Tag", SimpleNamespace(**dict.fromkeys(TAGS, torch.Tag.core))),
        *(
            (nn.Module, f"register_{kind}_hook", does_nothing)
            for kind in ("forward", "forward_pre", "backward", "full_backward", "full_backward_pre")
        ),
        (torch_module, "register_module_forward_hook", does_nothing),
        (torch_optimizer, "register_optimizer_step_pre_hook", does_nothing),
        (torch.Tensor, "register_hook", does_nothing),
        (torch.Tensor, "register_post_accumulate_grad_hook", does_nothing),
        (torch, "is_autocast_enabled", lambda device: False),
        (Optimizer, "register_step_pre_hook", does_nothing),
        (Optimizer, "register_step_post_hook", does_nothing),
        (lr_scheduler, "LambdaLR", replaces_step),
        (sys.modules["torch.optim.adam"], "_fused_adam", lambda *args, **kwargs: None),
    ],
)
def test_where_a_private_name_changed_every_step_is_ordinary(
    fresh, ordinary, owner, name, behaviour
):
    fresh.setattr(owner, name, behaviour, raising=False)
    reason = why_off()
    fresh.undo()
    assert reason is not None
    check_off(ordinary, reason)
