"""What all data sets of images share: their keywords, and parts that become one Bunch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from .._checks import check_flag, check_option
from .._hints import SEE_ERRORS
from ._home import DataHome
from ._store import Store

PARTS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


class Fetch(Protocol):
    """A function that loads a subset, as the user calls it."""

    def __call__(
        self,
        *,
        subset: str = "train",
        data_home: DataHome = None,
        download_if_missing: bool = True,
        check_hash: bool = True,
        return_X_y: bool = False,
    ) -> Any: ...


_call = inspect.signature(Fetch.__call__)
KEYWORDS = _call.replace(parameters=list(_call.parameters.values())[1:])  # without self


def fetcher(*folders: str) -> Callable[[Callable[[Store, str], Bunch]], Fetch]:
    """Decorate ``load(store, subset)`` to take the keywords of `Fetch` instead.

    `folders` are those of the data home that may hold the files; downloads go to the first.
    """

    def decorate(load: Callable[[Store, str], Bunch]) -> Fetch:
        @wraps(load)
        def fetch(**keywords: Any) -> Any:
            call = KEYWORDS.bind(**keywords)
            call.apply_defaults()
            subset, data_home, *permissions, return_X_y = call.arguments.values()
            check_flag(return_X_y, "return_X_y")
            parts_of(subset)
            bunch = load(Store(data_home, folders, *permissions), subset)
            return (bunch.data, bunch.target) if return_X_y else bunch

        # What help() shows; else it would follow the wrapper to `load`.
        fetch.__signature__ = KEYWORDS  # type: ignore[attr-defined]
        return fetch

    return decorate


def parts_of(subset: str) -> tuple[str, ...]:
    """The parts that make up a subset."""
    return PARTS[check_option(subset, "subset", tuple(PARTS))]


def as_bunch(
    read_part: Callable[[str], dict[str, NDArray[Any]]],
    subset: str,
    *,
    target_names: Sequence[str],
    description: str,
    **extra: Any,
) -> Bunch:
    """Read the parts of a subset, training rows first, and put them into one Bunch.

    `read_part` gives for "train" or "test" arrays by name, `data` and `target` among them;
    `description` becomes DESCR, `extra` further entries.
    """
    parts = [read_part(part) for part in parts_of(subset)]
    for part in parts:
        if len(part["data"]) != len(part["target"]):
            raise ValueError(
                f"There must be one label per row; got {len(part['data']):,} rows and "
                f"{len(part['target']):,} labels. The files do not belong together."
                f" {SEE_ERRORS}"
            )
    arrays = parts[0]
    # A copy of hundreds of megabytes is made only where there is something to join.
    if len(parts) > 1:
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in arrays}
    return Bunch(
        **arrays, target_names=np.array(target_names), subset=subset, DESCR=description, **extra
    )
