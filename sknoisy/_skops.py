"""Files of skops: estimators are written as plain state, and need no trust of ours to be read.

skops has no public way to add a type, so that this uses what its modules share. Without these
names it does nothing, and skops asks to trust our types.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from ._base_estimator import HouseEstimator
from ._net import LeanNet, StoredNet, is_plain_net
from ._plain_state import KIND, OWN, plain, public_path


class _Watching(importlib.abc.MetaPathFinder):
    """Calls a function once a module was imported."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name = name
        self.then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self.then()

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def support_skops() -> None:
    """Teach skops our estimators, now if it is imported already, or else when it is."""
    if "skops.io" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _Watching("skops.io", _register))


def _register() -> None:
    try:
        from skops.io import _trusted_types, _utils

        register, names = _utils._get_state.register, _trusted_types.SKLEARN_ESTIMATOR_TYPE_NAMES
        get_state, usual = _utils.get_state, _utils._get_state.dispatch(object)
    except (ImportError, AttributeError):
        return
    trusted = (*_estimators(HouseEstimator), StoredNet)
    names.extend(map(public_path, trusted))

    def written(kind: type, content: Any, context: Any) -> dict[str, Any]:
        module, _, name = public_path(kind).rpartition(".")
        return {
            "__class__": name,
            "__module__": module,
            "__loader__": "ObjectNode",
            "content": get_state(content, context),
        }

    @register(HouseEstimator)
    def state_of_estimator(estimator: HouseEstimator, context: Any) -> dict[str, Any]:
        state = {KIND: "estimator", "state": plain(estimator.__getstate__())}
        return written(type(estimator), state, context)

    @register(LeanNet)
    def state_of_net(net: LeanNet, context: Any) -> dict[str, Any]:
        if not is_plain_net(net):
            return usual(net, context)  # type: ignore[no-any-return]
        return written(StoredNet, plain(net), context)


def _estimators(kind: type) -> list[type]:
    """All classes of ours below one, itself too."""
    children: list[type] = kind.__subclasses__()
    below = [found for child in children for found in _estimators(child)]
    return [kind, *below] if kind.__module__.startswith(OWN) else below
