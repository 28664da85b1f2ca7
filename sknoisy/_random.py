"""Random numbers from `random_state`; the global generators are never touched."""

from __future__ import annotations

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
