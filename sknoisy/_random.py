"""Random numbers from `random_state`; the global generators are never touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
from sklearn.utils import check_random_state

RandomState: TypeAlias = int | np.random.RandomState | None

MAX_SEED = np.iinfo(np.int32).max


def random_generator(random_state: RandomState) -> np.random.RandomState:
    """scikit-learn's generator, except that None makes a new one.

    There None means numpy's global generator, which the caller may rely on elsewhere.
    """
    return check_random_state(np.random.RandomState() if random_state is None else random_state)


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
