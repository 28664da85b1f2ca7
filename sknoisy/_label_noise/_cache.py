"""`memory=`: what a first stage would be cached by is looked at before it is trained."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

from joblib import hash as hash_of
from sklearn.utils.validation import check_memory
from torch.utils.data import Dataset

from .._hints import SEE_ERRORS


def cached(function: Callable[..., Any], memory: Any, estimator: Any, X: Any) -> Any:
    """A function of an estimator, cached; `memory` is None, a folder or a joblib.Memory.

    Raises ValueError if the estimator or X cannot be a key, or what is fitted cannot be stored.
    """
    memory = check_memory(memory)
    if getattr(memory, "location", True) is None:
        return function
    try:
        hash_of(estimator)
        pickle.dumps(estimator)
        if isinstance(X, Dataset):
            hash_of(X)
    except Exception as error:  # Whatever a user's class raises.
        found = _unpicklable(estimator)
        what = f"{found[0]}={found[1]!r}" if found else f"a {type(X).__name__} as X"
        reason = error.args[0] if error.args else error  # joblib adds all that it was to hash.
        raise ValueError(
            f"memory= stores the first stage on disk, which cannot be done with {what}: "
            f"{type(error).__name__}: {reason}. Define functions and classes at the top of a "
            f"module that can be imported, not as a lambda, in a function or a notebook; or set "
            f"memory=None. {SEE_ERRORS}"
        ) from error
    return memory.cache(function, ignore=["verbose"])


def _unpicklable(estimator: Any) -> tuple[str, Any] | None:
    """Name and value of the innermost parameter that cannot be pickled."""
    parameters: Mapping[str, Any] = estimator.get_params(deep=True)
    for name, value in sorted(parameters.items(), key=lambda item: -item[0].count("__")):
        try:
            hash_of(value)
            pickle.dumps(value)
        except Exception:
            return name, value
    return None
