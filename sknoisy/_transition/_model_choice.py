"""T that weighs noise against overlap of the classes, by what the labels say of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._arrays import Array
from ._identification import overlap_doubt
from ._line import POWER_OF_EXPLAINED, STEP, Line
from ._model_evidence import price_of_entries

# Before the labels are seen: as likely no noise as some. A rate is as likely as any other up to
# the largest.
NO_NOISE = 0.5
LARGEST_RATE = 0.6
LEAST_EXPLAINED = 0.02
# The end of a line is taken for T itself as readily as for all within this of its rate.
AROUND_END = 0.06
RANGE = 0.025, 0.975
# Of the evidence, for what may be doubted: the model of the posteriors is none that is true, and
# takes small differences of the likelihood for more than they say. With this share, T on
# development data that was far off was nearly always told, and T that was right seldom.
CAUTIOUS = 0.05
# T is doubted where the features tell less of the labels than so many labels do; and where they
# tell no more of the classes than a share, so that these overlap, while no noise at all has more
# weight, and T a larger expected error, than these: by the evidence, or with caution.
FEW_LABELS = 8.0
HARDLY_OVERLAPPING = 0.6
LEFT_OPEN, LEFT_OPEN_WITH_CAUTION = (0.05, 0.14), (0.15, 0.26)
# What features tell of the labels, in labels, that holds T back by half of the largest share.
TOLD_LABELS, HELD_BACK = 20.0, 0.25


class Candidates(NamedTuple):
    """Many T with what the labels make each worth; the weights sum to 1.

    `explained` is how much of the clean classes the features tell under each, as a share of their
    entropy; `of_line` numbers the line of each, -1 for the identity.
    """

    transition_matrices: Array
    weights: Array
    rates: Array
    explained: Array
    of_line: Array

    def median(self) -> Array:
        """The weighted median of each entry, rows divided by their sum."""
        order = np.argsort(self.transition_matrices, axis=0, kind="stable")
        mass = np.cumsum(self.weights[order], axis=0)
        middle = (mass < 0.5).sum(axis=0).clip(max=len(order) - 1)
        values = np.take_along_axis(self.transition_matrices, order, axis=0)
        T = np.take_along_axis(values, middle[None], axis=0)[0]
        return np.asarray(T / T.sum(axis=1, keepdims=True))

    def expected_error(self, transition_matrix: Array) -> float:
        """The mean L1 distance of the rows of the candidates from those of T."""
        distance = np.abs(self.transition_matrices - transition_matrix).sum(axis=2).mean(axis=1)
        return float(self.weights @ distance)

    def no_noise(self) -> float:
        """The weight of the identity."""
        return float(self.weights[self.of_line < 0].sum())

    def explained_without_noise(self) -> float:
        """How much the features tell of the noisy labels."""
        return float(self.explained[self.of_line < 0][0])

    def expected_explained(self) -> float:
        """How much the features tell of the clean classes."""
        return float(self.weights @ self.explained)

    def rate_range(self) -> tuple[float, float]:
        """Between which the noise rate lies with 95% of the weight."""
        order = np.argsort(self.rates, kind="stable")
        mass = np.cumsum(self.weights[order])
        low, high = (min(int((mass < q).sum()), len(order) - 1) for q in RANGE)
        return float(self.rates[order[low]]), float(self.rates[order[high]])


def weighed(
    n_classes: int, lines: list[Line], known: tuple[float, float], trust: float = 1.0
) -> Candidates:
    """The identity and the T of lines, by the likelihood of the labels and what was believed.

    `known` are limits of the noise rate; `trust` is the power that the evidence is raised to [1]_.

    Notes
    -----
    The evidence of a T on a line is the likelihood of the labels, the map to clean posteriors
    fitted, times the prior density of its rate, less the price of the line's end.

    References
    ----------
    .. [1] Grünwald, van Ommen, "Inconsistency of Bayesian Inference for Misspecified Linear
       Models, and a Proposal for Repairing It", Bayesian Analysis 12, 2017.
    """
    explained = lines[0].explained[:1] if lines else np.ones(1)
    worth = [np.log(NO_NOISE) + _belief(explained, POWER_OF_EXPLAINED)]
    matrices, rates, numbers = [np.eye(n_classes)[None]], [np.zeros(1)], [np.array([-1])]
    told = [explained]

    def add(T: Array, rate: Array, share: Array, number: int, value: Array) -> None:
        matrices.append(T)
        rates.append(rate)
        told.append(share)
        numbers.append(np.full(len(rate), number))
        worth.append(np.log(1 - NO_NOISE) + value)

    for number, line in enumerate(lines):
        _, belief, at_end, is_free, fitted_to, price, power = line.direction
        evidence = line.log_likelihoods - line.log_likelihoods[0]
        # Entries fitted to other labels, too, overstate the likelihood of these by less.
        evidence -= fitted_to * price_of_entries(line.counts) if is_free else price
        gain = trust * evidence + _belief(line.explained, power)
        # Per unit of the rate, so that a sharp peak pays for its sharpness.
        width = np.maximum(np.gradient(line.rates), 1e-9) / LARGEST_RATE
        T = line.transition_matrices()
        add(T, line.rates, line.explained, number, gain + np.log(belief * width))
        if at_end > 0:
            around = np.log(at_end * AROUND_END / LARGEST_RATE)
            end = (T[-1:], line.rates[-1:], line.explained[-1:])
            add(*end, number, gain[-1:] + around)
    value, rate = np.concatenate(worth), np.concatenate(rates)
    value = np.where(_allowed(rate, known), value, -np.inf)
    weights = np.exp(value - value.max())
    weights /= weights.sum()
    return Candidates(
        np.concatenate(matrices), weights, rate, np.concatenate(told), np.concatenate(numbers)
    )


def share_of_identity(found: Candidates, n_rows: float) -> float:
    """How much of the identity is mixed with the median of candidates.

    Where features tell little of the labels, the evidence is next to nothing, and noise is believed
    in because the features then tell more of the classes. On development data that was too much.
    """
    told = found.explained_without_noise() * n_rows
    return HELD_BACK / (1 + (told / TOLD_LABELS) ** 2)


def doubt_of(T: Array, found: Candidates, cautious: Candidates, n_rows: float) -> str | None:
    """Why T, made of the median of candidates, may well be wrong; None where it is known."""
    error, told = cautious.expected_error(T), found.explained_without_noise() * n_rows
    is_open = any(
        candidates.no_noise() > weight and error > least
        for candidates, (weight, least) in (
            (found, LEFT_OPEN),
            (cautious, LEFT_OPEN_WITH_CAUTION),
        )
    )
    overlaps = found.expected_explained() < HARDLY_OVERLAPPING
    if (overlaps and is_open) or told < FEW_LABELS:
        return overlap_doubt(cautious.rate_range(), error)
    return None


def _belief(explained: Array, power: float) -> Array:
    return power * np.log(np.maximum(explained, LEAST_EXPLAINED))


def _allowed(rates: Array, known: tuple[float, float]) -> Array:
    """Which rates lie between the limits, give or take a step; the nearest, if none does."""
    off = np.maximum(known[0] - rates, rates - known[1])
    return np.asarray(off <= max(STEP, float(off.min())))
