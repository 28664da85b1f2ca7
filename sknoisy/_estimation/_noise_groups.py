"""Groups of rows that were labelled in different ways: sites, sources, annotators."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._hints import SEE_ERRORS
from .._labels import as_label_array, check_labels, is_missing
from .._validation import TrainingSet


class NoiseGroups(NamedTuple):
    """Sorted names of the groups, and the position of the group of every training row."""

    names: NDArray[Any]
    which: NDArray[np.intp]


def read_noise_groups(groups: ArrayLike, data: TrainingSet) -> NoiseGroups:
    """Check the names that the user passed, one for each row passed.

    Raises
    ------
    ValueError
        If there are more or fewer, or a name is missing.
    """
    cure = "Give rows of unknown origin a group of their own, such as 'unknown'."
    names = read_row_names(groups, data, "noise_groups", cure)
    return NoiseGroups(*np.unique(data.kept_rows(names), return_inverse=True))


def read_row_names(values: ArrayLike, data: TrainingSet, name: str, cure: str) -> NDArray[Any]:
    """One name for each row passed, none missing; messages call them `name`."""
    names = as_label_array(values, name)
    if names.shape != (data.n_passed,):
        raise ValueError(
            f"{name} must hold one name per row of X, {data.n_passed}; got shape {names.shape}."
            f" {SEE_ERRORS}"
        )
    if any(map(is_missing, names)):
        raise ValueError(f"{name} holds missing names. {cure} {SEE_ERRORS}")
    return check_labels(names, name)
