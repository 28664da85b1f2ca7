"""Training and test part of a data set as one Bunch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

PARTS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


def parts_of(subset: str) -> tuple[str, ...]:
    """The parts that make up a subset.

    Raises
    ------
    ValueError
        If the subset is unknown.
    """
    if subset not in PARTS:
        raise ValueError(f"subset must be one of {list(PARTS)}; got {subset!r}.")
    return PARTS[subset]


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

    Parameters
    ----------
    read_part : callable
        From "train" or "test" to arrays by name, `data` and `target` among them.
    subset : {"train", "test", "all"}
        Which rows.
    target_names : sequence of str
        Names of the classes 0, 1, ...
    description : str
        What the data are, where they come from, and their licence.
    return_X_y : bool
        Return data and target only.
    **extra
        Further entries.
    """
    parts = [read_part(part) for part in parts_of(subset)]
    for part in parts:
        if len(part["data"]) != len(part["target"]):
            raise ValueError(
                f"There must be one label per row; got {len(part['data']):,} rows and "
                f"{len(part['target']):,} labels. The files do not belong together."
            )
    # A copy of hundreds of megabytes is made only where there is something to join.
    arrays = (
        parts[0]
        if len(parts) == 1
        else {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    )
    if return_X_y:
        return arrays["data"], arrays["target"]
    return Bunch(
        **arrays, target_names=np.array(target_names), subset=subset, DESCR=description, **extra
    )
