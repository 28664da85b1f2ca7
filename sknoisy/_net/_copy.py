"""A copy of a net that goes on training where the net stands."""

from __future__ import annotations

import copy
from typing import Any

from skorch import NeuralNet


def copied_net(net: NeuralNet) -> NeuralNet:
    """A copy with module, optimizer, history and callbacks of its own.

    A callback that cannot be copied, as one that holds an open file, is shared.
    """
    memo: dict[int, Any] = {}
    # What training changes; settings are shared. All at once, for the optimizer knows parameters.
    trained = {name: value for name, value in vars(net).items() if name.endswith("_")}
    callbacks = trained.pop("callbacks_")
    # skorch's way of copying is by pickle, which classes of a function or notebook do not pass.
    twin = object.__new__(type(net))
    twin.__dict__.update({**vars(net), **copy.deepcopy(trained, memo)})
    twin.__dict__["callbacks_"] = [(name, _copied(item, memo)) for name, item in callbacks]
    return twin


def _copied(callback: Any, memo: dict[int, Any]) -> Any:
    try:
        return copy.deepcopy(callback, memo)
    except Exception:  # Whatever a user's class raises.
        return callback
