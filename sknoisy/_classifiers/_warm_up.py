"""How long the warm-up takes, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import is_number
from .._hints import SEE_ERRORS


def check_warm_up(warm_up: Any) -> None:
    """Raise unless it is a number of epochs or a share of them."""
    counts_epochs = isinstance(warm_up, int | np.integer)
    if not is_number(warm_up) or not 0 <= warm_up < (np.inf if counts_epochs else 1):
        raise ValueError(
            f"warm_up must be a number of epochs >= 0, or a share in [0, 1) of all; got "
            f"{warm_up!r}."
            f" {SEE_ERRORS}"
        )
