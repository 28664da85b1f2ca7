"""How the loss and the accuracy fall and rise with noisy and with verified labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._label_value import EXPONENTS

Array = NDArray[np.float64]

# How many noisy labels a clean one may be worth, times what the Fisher information says.
WORTHS = np.geomspace(1 / 8, 8, 25)
# Standard deviations of what is known beforehand: of the log of that factor, of the exponent.
WORTH_SPREAD, EXPONENT_SPREAD = 0.5, 0.35
# Many clean labels are worth so many times more than a trial with few of them shows; but where
# noisy labels inform as much, they are not: no more than this power of the ratio of information.
OF_MANY, LARGEST_POWER = 2.0, 10.0
USUAL_EXPONENT = 0.5
SMALLEST_ERROR = 1e-4  # Of a loss or an accuracy, however alike the splits are.


class Measured(NamedTuple):
    """Values at some numbers of rows, again for each draw of a bootstrap.

    `n_noisy` and `n_verified` count the training rows with one and with the other kind of label,
    shape (n_points,); `values` has shape (n_draws, n_points). Points share their test rows, so
    that differences are surer than values: `whitening` makes their errors independent.
    """

    n_noisy: Array
    n_verified: Array
    values: Array
    whitening: Array

    @classmethod
    def of_splits(
        cls, sizes: Array, means: Array, draws: Array, rng: np.random.RandomState
    ) -> Measured:
        """From the means by split, shape (n_splits, n_points), and their draws over test rows.

        Training on other rows changes a point by what splits differ in, beyond what they differ
        in at all points alike.
        """
        n_splits, n_points = means.shape
        own = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
        training = (own**2).sum() / ((n_splits - 1) * (n_points - 1) * n_splits)
        values = draws + rng.normal(0, np.sqrt(training), size=draws.shape)
        covariance = np.cov(draws.T) + (training + SMALLEST_ERROR**2) * np.eye(n_points)
        whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        return cls(sizes[:, 0], sizes[:, 1], values, whitening)


class PowerLaws(NamedTuple):
    """``floor + factor * n ** -exponent`` of each draw, n the number of rows in noisy labels."""

    floor: Array
    factor: Array
    exponent: Array

    def at(self, n: Array) -> Array:
        """Values of shape (n_draws, n_numbers) at numbers of rows of that shape."""
        return self.floor[:, None] + self.factor[:, None] * n ** -self.exponent[:, None]


def fit_worth(loss: Measured, by_information: float, rng: np.random.RandomState) -> Array:
    """How many noisy labels a verified one is worth, for each draw.

    The loss falls by a power law of ``n_noisy + worth * n_verified``. What the Fisher information
    says counts as one more measurement of the log, with an error of its own in each draw.
    """
    n_draws = len(loss.values)
    before = rng.normal(0, WORTH_SPREAD, size=n_draws)
    if not loss.n_verified.any():
        return np.asarray(np.maximum(1.0, by_information * np.exp(before)))
    usual = rng.normal(USUAL_EXPONENT, EXPONENT_SPREAD, size=n_draws)
    misfit = np.stack(
        [
            _fits(loss, np.full(n_draws, factor * by_information), usual)[0].min(axis=0)
            for factor in WORTHS
        ]
    )
    misfit += ((np.log(WORTHS)[:, None] - before) / WORTH_SPREAD) ** 2
    return np.asarray(np.maximum(1.0, by_information * WORTHS[misfit.argmin(axis=0)]))


def worth_of_many(worth: Array, by_information: float) -> Array:
    """What many clean labels are worth, by what a trial with few of them says."""
    return np.minimum(OF_MANY * worth, by_information**LARGEST_POWER)


def fit_power_laws(measured: Measured, worth: Array, rng: np.random.RandomState) -> PowerLaws:
    """The power law of each draw, where verified labels are worth `worth` noisy ones."""
    n_draws = len(worth)
    usual = rng.normal(USUAL_EXPONENT, EXPONENT_SPREAD, size=n_draws)
    misfit, floor, factor = _fits(measured, worth, usual)
    best = misfit.argmin(axis=0), np.arange(n_draws)
    return PowerLaws(floor[best], factor[best], EXPONENTS[best[0]])


def _fits(measured: Measured, worth: Array, usual: Array) -> tuple[Array, Array, Array]:
    """Misfit, floor and factor, each of shape (n_exponents, n_draws); no term is negative."""
    n = measured.n_noisy + worth[:, None] * measured.n_verified
    whitening = measured.whitening
    one, values = whitening.sum(axis=1), measured.values @ whitening.T
    one_one, one_value = one @ one, values @ one
    found = []
    for exponent in EXPONENTS:
        power = n**-exponent @ whitening.T
        power_one, power_power = power @ one, (power**2).sum(axis=1)
        power_value = (power * values).sum(axis=1)
        factor = power_value * one_one - one_value * power_one
        factor = np.maximum(factor / (power_power * one_one - power_one**2), 0)
        floor = (one_value - factor * power_one) / one_one
        factor = np.where(floor < 0, np.maximum(power_value / power_power, 0), factor)
        floor = np.maximum(floor, 0)
        residual = values - floor[:, None] * one - factor[:, None] * power
        misfit = (residual**2).sum(axis=1) + ((exponent - usual) / EXPONENT_SPREAD) ** 2
        found.append((misfit, floor, factor))
    misfits, floors, factors = zip(*found, strict=True)
    return np.stack(misfits), np.stack(floors), np.stack(factors)
