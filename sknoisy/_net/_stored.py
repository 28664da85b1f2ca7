"""A net as its parameters, the arrays of its weights, and its history."""

from __future__ import annotations

import json
from typing import Any

import torch
from skorch import NeuralNet, NeuralNetClassifier
from skorch.dataset import Dataset as SkorchDataset
from skorch.history import History
from torch import nn
from torch.utils.data import DataLoader

from .._hints import SEE_ERRORS
from .._iterators import array_of_tensor, make_loader
from .._plain_state import FORMS, NAMES, Form, restored
from ._build import proba_of_logits
from ._data import keep_module_input
from ._device import resolve_device, seeded
from ._lean import LeanClassifierNet, LeanNet

# Users' subclasses are no kinds of ours: they may keep what is written nowhere here.
KINDS = {
    kind.__name__: kind for kind in (LeanNet, LeanClassifierNet, NeuralNet, NeuralNetClassifier)
}
NAMES |= {
    "make_loader": make_loader,
    "proba_of_logits": proba_of_logits,
    "DataLoader": DataLoader,
    "skorch.Dataset": SkorchDataset,
}


def is_plain_net(value: Any) -> bool:
    """Whether its parameters, weights and history are all there is to a net."""
    return type(value) in KINDS.values()


def written_net(net: Any) -> dict[str, Any]:
    """Its kind and parameters; of a fitted one all that predicting and training on need.

    The state of the optimizer is left out, but for its learning rates.
    """
    params = {k: v for k, v in net.get_params(deep=False).items() if k in vars(net)}
    params |= {k: v for k, v in vars(net).items() if k in net._params_to_validate}
    state: dict[str, Any] = {"class": type(net).__name__, "params": params, "fitted": None}
    if net.initialized_:
        state["fitted"] = {
            "module": _arrays(net.module_),
            "criterion": _arrays(net.criterion_),
            "history": net.history_,
            "module_input": vars(net).get("_module_input"),
            "rates": [float(group["lr"]) for group in net.optimizer_.param_groups],
        }
    return state


def read_net(state: dict[str, Any]) -> NeuralNet:
    """The net of `written_net`, on the CPU if its device is not there."""
    params = dict(state["params"])
    if params["device"] != "auto":
        try:
            resolve_device(params["device"])
        except ValueError:
            params["device"] = "cpu"
    net = KINDS[state["class"]](**params)
    fitted = state["fitted"]
    if fitted is None:
        return net
    with seeded(0, net.device):
        net.initialize()
    _load(net.module_, fitted["module"])
    _load(net.criterion_, fitted["criterion"])
    net.history_ = fitted["history"]
    if fitted["module_input"] is not None:
        keep_module_input(net, fitted["module_input"])
    for group, rate in zip(net.optimizer_.param_groups, fitted["rates"], strict=True):
        group["lr"] = rate
    net._set_training(False)
    return net


class StoredNet(LeanNet):
    """What a file calls a net: its state is plain, and it turns into the net when it gets it.

    Pickles hold code, so that no file may bring the state of another class.
    """

    def __setstate__(self, state: dict[str, Any]) -> None:
        net = restored(state)
        if not isinstance(net, LeanNet):
            raise ValueError(
                f"The file holds a {type(net).__name__} in the place of a net. {SEE_ERRORS}"
            )
        self.__dict__ = dict(vars(net))
        self.__class__ = type(net)


def _arrays(module: Any) -> dict[str, Any]:
    state = module.state_dict() if isinstance(module, nn.Module) else {}
    return {name: array_of_tensor(value) for name, value in state.items()}


def _load(module: Any, arrays: dict[str, Any]) -> None:
    if isinstance(module, nn.Module):
        module.load_state_dict({k: torch.as_tensor(v) for k, v in arrays.items()})


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


FORMS += [
    Form(is_plain_net, "net", written_net, read_net),
    Form(
        lambda value: type(value) is History,
        "history",
        lambda history: {"rows": json.dumps(list(history), default=_number)},
        lambda state: History(json.loads(state["rows"])),
    ),
]
