"""Can T be inverted, as the backward correction has to?"""

from __future__ import annotations

import numpy as np

from .._hints import SEE_ERRORS
from .._label_noise import LabelNoise
from .._transition import mix_with_identity
from .._warn import warn

# Condition numbers of T from which the backward correction warns, and from which it refuses.
LARGE_CONDITION = 100.0
SINGULAR_CONDITION = 1e8


def check_invertible(noise: LabelNoise, identity_mixing: float) -> None:
    """Refuse a singular T, and warn of one whose inverse multiplies errors."""
    condition = np.linalg.cond(mix_with_identity(noise.transition_matrix, identity_mixing))
    cure = "Raise identity_mixing (to 0.1, say) or use ForwardCorrectedClassifier."
    if condition > SINGULAR_CONDITION:
        raise ValueError(
            f"The transition matrix ({noise.source}) must be invertible for the backward "
            f"correction; its condition number is {condition:.3g}. {cure} {SEE_ERRORS}"
        )
    if condition > LARGE_CONDITION:
        warn(
            f"The backward correction may multiply the noise of the gradient by {condition:.3g}, "
            f"the condition number of the transition matrix. {cure}",
        )
