"""The threshold of conformity scores that covers the clean label, from noisy labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Sums of so many weights are equal if they agree to this.
ROUNDING = 1e-9


class ConformalRows(NamedTuple):
    """Scores of all classes of each row, its noisy label, and how many rows it stands for.

    `trusted` are clean labels, -1 where unknown.
    """

    scores: Array
    noisy: Codes
    weights: Array
    trusted: Codes

    @property
    def n(self) -> float:
        """How many rows with a label the thresholds rest on: trusted ones, where there are any."""
        known = self.trusted >= 0
        return float((self.weights[known] if known.any() else self.weights).sum())

    def among(self, chosen: NDArray[np.bool_]) -> ConformalRows:
        scores, noisy, weights, trusted = self
        return ConformalRows(scores[chosen], noisy[chosen], weights[chosen], trusted[chosen])

    def label_weights(self, inverse_of_T: Array) -> Array:
        """What a label counts for each class: on average over the noise, 1 for the clean one."""
        return inverse_of_T[self.noisy] * self.weights[:, None]


def coverage_curve(scores: Array, label_weights: Array, n: float) -> tuple[Array, Array]:
    """Distinct scores, and the corrected share of clean labels whose score is no larger."""
    order = np.argsort(scores, axis=None, kind="stable")
    ordered = scores.ravel()[order]
    coverage = label_weights.ravel()[order].cumsum() / n
    last = np.append(ordered[1:] != ordered[:-1], True)
    return ordered[last], coverage[last]


def threshold(curve: tuple[Array, Array], level: float) -> float:
    """The least score from which on the coverage stays at the level or above it."""
    scores, coverage = curve
    below = np.flatnonzero(coverage < level - ROUNDING)
    place = below[-1] + 1 if len(below) else 0
    return float(scores[place]) if place < len(scores) else np.inf


def conformal_threshold(
    rows: ConformalRows, confidence_level: float, inverses: Sequence[Array]
) -> float:
    """The largest of the thresholds under each plausible T, by its inverse.

    Without noise and trusted rows it is that of split conformal prediction.
    """
    level = confidence_level * (1 + 1 / rows.n)
    curve_of = _powered_curve if (rows.trusted >= 0).any() else _noisy_curve
    return max(threshold(curve_of(rows, inverse, level), level) for inverse in inverses)


def _noisy_curve(rows: ConformalRows, inverse: Array, level: float) -> tuple[Array, Array]:
    return coverage_curve(rows.scores, rows.label_weights(inverse), rows.weights.sum())


def _powered_curve(rows: ConformalRows, inverse: Array, level: float) -> tuple[Array, Array]:
    """Coverage of the trusted rows, with noisy labels as a control variate of the best strength.

    Prediction-powered inference: unbiased whatever T is, for the noisy part has mean zero.
    """
    known = rows.trusted >= 0
    trusted, others = rows.among(known), rows.among(~known)
    n, N = trusted.weights.sum(), others.weights.sum()
    clean = np.eye(len(inverse))[trusted.trusted] * trusted.weights[:, None]
    of_trusted, of_others = trusted.label_weights(inverse), others.label_weights(inverse)
    power = 0.0
    if N > 0:
        pilot = threshold(coverage_curve(trusted.scores, clean, n), level)
        covered = (trusted.scores <= pilot).astype(float)
        seen = (covered * clean).sum(axis=1)
        guessed = (covered * of_trusted).sum(axis=1)
        guessed_elsewhere = (of_others * (others.scores <= pilot)).sum(axis=1)
        spread = guessed.var() + n / N * guessed_elsewhere.var()
        if spread > 0:
            together = ((seen - seen.mean()) * (guessed - guessed.mean())).mean()
            power = float(np.clip(together / spread, 0, 1))
    scores = np.concatenate([trusted.scores, others.scores])
    weights = np.concatenate([(clean - power * of_trusted) / n, power * of_others / max(N, 1)])
    return coverage_curve(scores, weights, 1.0)
