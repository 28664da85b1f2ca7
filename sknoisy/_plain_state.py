"""Fitted state as arrays, strings and numbers, from which it can be built again.

What a file names is built only if it is one of the kinds below: a class of this package, or a
network layer, loss or optimizer of PyTorch's. No code comes from the file. Users' classes
stay what they are: whoever reads the file has to know them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from ._hints import SEE_ERRORS

# The key of a dict that stands for something else: which kind of thing it is.
KIND = "__sknoisy__"
OWN = "sknoisy."
# Where classes that a file may name come from, and what they have to be.
CLASSES = ((nn.Module, ("torch.nn.", OWN)), (torch.optim.Optimizer, ("torch.optim.",)))


class Form(NamedTuple):
    """How objects of some kind are written down, as a dict, and made from it again."""

    fits: Callable[[Any], bool]
    name: str
    written: Callable[[Any], dict[str, Any]]
    read: Callable[[dict[str, Any]], Any]


# Filled by the units that know the classes; the first that fits counts.
FORMS: list[Form] = []
# Functions and classes that are found by name only, because parameters hold them.
NAMES: dict[str, Any] = {}


def plain(value: Any) -> Any:
    """The same as containers of arrays, strings and numbers, as far as its kinds are known.

    Examples
    --------
    >>> plain({"module": nn.Linear})
    {'module': {'__sknoisy__': 'class', 'path': 'torch.nn.Linear'}}
    """
    if isinstance(value, type):
        return (
            {KIND: "class", "path": public_path(value)} if _may_be_named(value) else _named(value)
        )
    for form in FORMS:
        if form.fits(value):
            return {KIND: form.name, **{k: plain(v) for k, v in form.written(value).items()}}
    if isinstance(value, torch.dtype):
        return {KIND: "dtype", "name": str(value).removeprefix("torch.")}
    if isinstance(value, Mapping) and type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    kind = type(value)
    if kind.__module__.startswith(OWN) and not hasattr(value, "fit"):
        if hasattr(value, "_asdict"):
            return {KIND: "tuple", "of": short_name(kind), "state": plain(value._asdict())}
        if hasattr(value, "__dict__") and not callable(value):
            return {KIND: "object", "of": short_name(kind), "state": plain(dict(vars(value)))}
    return _named(value)


def restored(value: Any) -> Any:
    """What `plain` was given; raises ValueError if a kind or name is none of those allowed.

    Examples
    --------
    >>> restored(plain({"module": nn.Linear}))
    {'module': <class 'torch.nn.modules.linear.Linear'>}
    """
    if type(value) in (list, tuple):
        return type(value)(map(restored, value))
    if type(value) is not dict:
        return value
    if KIND not in value:
        return {key: restored(item) for key, item in value.items()}
    kind = value[KIND]
    if kind == "class":
        return _class_at(value["path"])
    if kind == "name" and value["name"] in NAMES:
        return NAMES[value["name"]]
    if kind == "dtype" and isinstance(getattr(torch, value["name"], None), torch.dtype):
        return getattr(torch, value["name"])
    if kind in ("tuple", "object"):
        return _object_of(kind, value)
    for form in FORMS:
        if form.name == kind:
            return form.read({k: restored(v) for k, v in value.items() if k != KIND})
    raise ValueError(
        f"The file holds a {kind!r} that this version of sknoisy does not know. {SEE_ERRORS}"
    )


def public_path(kind: type) -> str:
    """The shortest path to a class, which later versions keep: sknoisy.modules.MLP."""
    parts = kind.__module__.split(".")
    modules = (".".join(parts[:n]) for n in range(1, len(parts)))
    holders = (m for m in modules if getattr(sys.modules.get(m), kind.__name__, None) is kind)
    return f"{next(holders, kind.__module__)}.{kind.__qualname__}"


def _named(value: Any) -> Any:
    names = [name for name, known in NAMES.items() if known is value]
    return {KIND: "name", "name": names[0]} if names else value


def _may_be_named(kind: type) -> bool:
    return any(
        issubclass(kind, base) and kind.__module__.startswith(origins) for base, origins in CLASSES
    )


def _class_at(path: str) -> Any:
    kind = _look_up(path, ("torch.nn.", "torch.optim.", OWN))
    if not (isinstance(kind, type) and _may_be_named(kind)):
        raise ValueError(
            f"The file names {path}, which is no layer, loss or optimizer. {SEE_ERRORS}"
        )
    return kind


def _object_of(kind: str, value: dict[str, Any]) -> Any:
    cls = class_named(value["of"])
    state = restored(value["state"])
    if (kind == "tuple") != issubclass(cls, tuple):
        raise ValueError(f"The file names {value['of']}, which is not what it says. {SEE_ERRORS}")
    if kind == "tuple":  # Fields come and go from version to version.
        return cls(*(state.get(name, cls._field_defaults.get(name)) for name in cls._fields))
    new: Any = object.__new__(cls)
    new.__dict__.update(state)
    return new


def short_name(kind: type) -> str:
    """A class of this package, without the module: files outlive the places of private classes."""
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}"


def class_named(short: str) -> Any:
    """The class of this package with a `short_name`."""
    modules = [m for path, m in sys.modules.items() if path.startswith(OWN)]
    named = {vars(module).get(short.rpartition(".")[2]) for module in modules}
    kinds = [kind for kind in named if isinstance(kind, type)]
    kinds = [k for k in kinds if k.__module__.startswith(OWN) and short_name(k) == short]
    if len(kinds) != 1:
        raise ValueError(
            f"The file holds a {short}, which this version of sknoisy does not know. {SEE_ERRORS}"
        )
    return kinds[0]


def _look_up(path: str, origins: tuple[str, ...]) -> Any:
    module, _, name = path.rpartition(".")
    if not path.startswith(origins) or "<" in path:
        raise ValueError(f"The file names {path}, which is not of PyTorch or sknoisy. {SEE_ERRORS}")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ImportError(
            f"The file was written with {path}, which is not here: install the versions of "
            f"sknoisy and PyTorch that it was written with. {SEE_ERRORS}"
        ) from error
