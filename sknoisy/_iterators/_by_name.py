"""Functions that are values of parameters, and shown with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class by_name(Generic[P, R]):
    """A function at the top of a module, written without its address: equal in every process.

    Copies and pickles are the function itself, found by its name.
    """

    __name__: str

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._function(*args, **kwargs)

    def __reduce__(self) -> Any:
        return self.__name__

    def __repr__(self) -> str:
        return self.__name__
