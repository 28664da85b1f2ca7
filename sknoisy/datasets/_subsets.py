"""Training and test part of a data set as one Bunch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from .._checks import check_option

PARTS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


def parts_of(subset: str) -> tuple[str, ...]:
    """The parts that make up a subset."""
    return PARTS[check_option(subset, "subset", tuple(PARTS))]


def as_bunch(
    read_part: Callable[[str], dict[str, NDArray[Any]]],
    subset: str,
    *,
    target_names: Sequence[str],
    description: str,
    return_X_y: bool,
    **extra: Any,
) -> Any:
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
            )
    arrays = parts[0]
    # A copy of hundreds of megabytes is made only where there is something to join.
    if len(parts) > 1:
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in arrays}
    if return_X_y:
        return arrays["data"], arrays["target"]
    return Bunch(
        **arrays, target_names=np.array(target_names), subset=subset, DESCR=description, **extra
    )
