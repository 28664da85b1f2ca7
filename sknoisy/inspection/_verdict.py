"""Noisy, clean, or not to be told from noisy labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from .._hints import SEE_ERRORS
from .._labels import MISSING
from .._validation import TrainingSet
from ._fit_test import MIN_TRUSTED_LABELS

NEGLIGIBLE_NOISE = 0.02
# With more errors of the best classifier near the boundaries, wrong labels could hide among them.
WIDE_OVERLAP = 0.1
MIN_ROWS, MIN_ROWS_PER_CLASS = 50, 5


class NoiseEstimate(NamedTuple):
    """A lower limit of the noise rate, and the overlap of the classes beside that noise.

    The overlap is the error of the best classifier of the clean labels.
    """

    lowest_rate: float
    overlap: float

    @property
    def is_noise(self) -> bool:
        """Whether most errors are noise.

        Overlap changes from x to x, noise that depends on the class does not: only where the
        latter prevails do labels tell the two apart.
        """
        return self.lowest_rate > max(NEGLIGIBLE_NOISE, self.overlap)


def is_noisy(
    noise_rate: float,
    lowest_rate: float,
    estimates: Sequence[NoiseEstimate],
    *,
    unexplained: bool,
) -> bool | None:
    """True or False where the labels tell noise from overlap of the classes, None where not.

    `noise_rate`, with its lower limit, is that of T, read off the surest rows: overlap can only
    add to it. `estimates` are by other means. `unexplained` says that labels of unsure rows are
    more often wrong than T and the shape of the classes explain.
    """
    if lowest_rate > NEGLIGIBLE_NOISE and all(estimate.is_noise for estimate in estimates):
        return True
    wide = any(estimate.overlap > WIDE_OVERLAP for estimate in estimates)
    return None if noise_rate > NEGLIGIBLE_NOISE or unexplained or wide else False


def with_trusted(
    verdict: bool | None,
    trusted: NDArray[np.integer],
    y: NDArray[np.integer],
    confidence_level: float,
) -> bool | None:
    """The verdict by the labels that trusted ones show to be wrong, if there are 20 of these.

    `trusted` holds class numbers, and `MISSING` in the other rows. The lower limit is that of
    Clopper and Pearson.
    """
    rows = np.flatnonzero(trusted != MISSING)
    if len(rows) < MIN_TRUSTED_LABELS:
        return verdict
    n_wrong = int((trusted[rows] != y[rows]).sum())
    n_right = len(rows) - n_wrong
    lowest = beta.ppf(1 - confidence_level, n_wrong, n_right + 1) if n_wrong else 0.0
    if lowest > NEGLIGIBLE_NOISE:
        return True
    return None if verdict else verdict


def check_auditable(data: TrainingSet) -> None:
    """Raise where labels are soft, or a verdict would rest on chance."""
    if data.is_soft:
        raise ValueError(
            "An audit looks at one label per row; y holds shares of several classes. Pass the "
            "labels of one annotator, or y.argmax(axis=1)."
            f" {SEE_ERRORS}"
        )
    needed = max(MIN_ROWS, MIN_ROWS_PER_CLASS * len(data.classes))
    if len(data.y) < needed:
        raise ValueError(
            f"An audit of labels of {len(data.classes)} classes needs at least {needed} rows, or "
            f"its verdicts would rest on chance; got {len(data.y)}. Add rows, or merge classes."
            f" {SEE_ERRORS}"
        )
