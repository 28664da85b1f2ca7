"""What of sknoisy runs on a Python without PyTorch, whose wheels may bring gigabytes.

All files are compiled and all modules of the package imported, PyTorch and skorch replaced by
stand-ins that have every name and do nothing. The examples in docstrings of what computes with
numpy are run. Run from the repository's root.
"""

import compileall
import doctest
import importlib
import importlib.abc
import importlib.machinery
import platform
import sys
import types
from abc import ABCMeta
from pathlib import Path
from typing import Any

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ABSENT = ("torch", "skorch")
# Their examples need no network.
WITH_NUMPY = ("sknoisy._transition", "sknoisy.metrics", "sknoisy.noise", "sknoisy._labels")


class Name(ABCMeta):
    """A class that has every attribute: a class, too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Name(name, (Thing,), {})


class Thing(metaclass=Name):
    """An instance of such a class, also a decorator and a context."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Thing()

    def __float__(self) -> float:
        return 1.0

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class StandIn(types.ModuleType):
    """A module that has every name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Name(name, (Thing,), {})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for each module of what is absent."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the specification of a stand-in, or None for all others."""
        if name.partition(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> StandIn:
        """Return the module."""
        return StandIn(spec.name)

    def exec_module(self, module: Any) -> None:
        """There is nothing to run."""


def main() -> int:
    """Return the number of what failed."""
    folders = ("sknoisy", "tests", "examples")
    failed = sum(not compileall.compile_dir(folder, quiet=1, force=True) for folder in folders)
    sys.meta_path.insert(0, Finder())
    sys.path.insert(0, ".")
    examples = 0
    files = sorted(Path("sknoisy").rglob("*.py"))
    for file in files:
        name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        if name.startswith(WITH_NUMPY):
            results = doctest.testmod(module, optionflags=OPTIONS)
            failed, examples = failed + results.failed, examples + results.attempted
    print(
        f"Python {platform.python_version()}: all files compile, {len(files)} modules imported, "
        f"{examples} examples run, {failed} failed"
    )
    return failed


if __name__ == "__main__":
    sys.exit(main())
