"""Random numbers from `random_state`; the global generators are never touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
from sklearn.utils import check_random_state

from ._checks import describe
from ._hints import SEE_ERRORS

RandomState: TypeAlias = int | np.random.RandomState | None

MAX_SEED = np.iinfo(np.int32).max


def random_generator(random_state: RandomState) -> np.random.RandomState:
    """scikit-learn's generator, except that None makes a new one.

    There None means numpy's global generator, which the caller may rely on elsewhere.
    """
    if random_state is None:
        return np.random.RandomState()
    try:
        return check_random_state(random_state)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"random_state must be None, an int in [0, 2**32 - 1] or a numpy RandomState; got "
            f"{describe(random_state)}, which cannot be used to seed a generator."
            f" {SEE_ERRORS}"
        ) from error


def random_seed(random_state: RandomState) -> int:
    """One seed drawn from `random_state`, from which all others of a fit follow.

    Examples
    --------
    >>> random_seed(0) == random_seed(0)
    True
    """
    return int(random_generator(random_state).randint(MAX_SEED))


@contextmanager
def numpy_seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global generator inside, for code that is not ours, and restore it."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
