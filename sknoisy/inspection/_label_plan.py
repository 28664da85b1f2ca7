"""What labels to buy for a budget, by curves of the accuracy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_number
from ._label_curves import PowerLaws

Array = NDArray[np.float64]

PARTS = np.linspace(0, 1, 21)  # Shares of the budget that clean labels may get.
# How much of what a clean label says of T a noisy one says, on problems made for it.
OF_T = 0.1


class LabelCurves(NamedTuple):
    """Accuracy by numbers of labels, for each draw of a bootstrap.

    `n_noisy` rows have a noisy label only now, `n_verified` rows a clean one; a clean label is
    `worth` noisy ones, shape (n_draws,); `error` is a law of the rows counted in noisy labels, for
    the T of now, whose errors cost `cost_of_T` of the accuracy, shape (n_draws,).
    """

    n_noisy: int
    n_verified: int
    worth: Array
    error: PowerLaws
    cost_of_T: Array

    def accuracy(self, n_noisy: ArrayLike, n_verified: ArrayLike) -> Array:
        """Of shape (n_draws, n_plans), where the plans have so many rows of each kind."""
        noisy, verified = (np.asarray(n, dtype=float) for n in (n_noisy, n_verified))
        known_now = self.n_verified + self.n_noisy * OF_T
        known = verified + noisy * OF_T
        # The error of T is quadratic in what is not known of it.
        won = self.cost_of_T[:, None] * (1 - known_now / known)
        error = self.error.at(noisy + self.worth[:, None] * verified)
        return 1 - np.maximum(error - won, 0)


@dataclass(frozen=True)
class LabelBudget:
    """What :func:`label_budget` returns.

    Attributes
    ----------
    n_noisy, n_verified : int
        New rows with a noisy label to buy, and clean labels of rows that have a noisy one; both 0
        where the budget is below both prices.
    accuracy, accuracy_now : float
        Expected accuracy on clean labels, with these labels and with those at hand.
    accuracy_interval : tuple of float
        Limits of `accuracy`.
    gain, gain_interval : float and tuple of float
        Of the difference from now.
    worth, worth_interval : float and tuple of float
        How many noisy labels a clean one is worth.
    alternatives : dict from str to float
        Expected accuracy if the budget goes to "noisy" labels, to "verified" ones, or "half" of
        it to each. Once all rows are verified, what is left buys rows with both labels.
    confidence_level : float
        Of the intervals.
    curves : LabelCurves
        Accuracy by numbers of labels, in each draw of the bootstrap.

    See Also
    --------
    label_budget : Returns it.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sknoisy.inspection import label_budget
    >>> from sknoisy.noise import corrupt_labels
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> y_noisy = corrupt_labels(y, [[0.7, 0.3], [0.3, 0.7]], random_state=0)
    >>> plan = label_budget(
    ...     X, y_noisy, make_pipeline(StandardScaler(), LogisticRegression()),
    ...     budget=100, noisy_price=1, verified_price=2, random_state=0,
    ... )
    >>> plan.n_noisy, plan.n_verified
    (0, 50)
    >>> plan = plan.at_prices(budget=100, noisy_price=1, verified_price=50)
    >>> plan.n_noisy, plan.n_verified
    (100, 0)
    """

    n_noisy: int
    n_verified: int
    accuracy: float
    accuracy_now: float
    accuracy_interval: tuple[float, float]
    gain: float
    gain_interval: tuple[float, float]
    worth: float
    worth_interval: tuple[float, float]
    alternatives: dict[str, float] = field(hash=False)
    confidence_level: float
    curves: LabelCurves = field(repr=False, compare=False)

    def at_prices(self, *, budget: float, noisy_price: float, verified_price: float) -> LabelBudget:
        """Plan for other prices, without training.

        Parameters
        ----------
        budget, noisy_price, verified_price : float > 0
            As for :func:`label_budget`.

        Returns
        -------
        LabelBudget
            By the same curves.
        """
        return planned(self.curves, budget, noisy_price, verified_price, self.confidence_level)


def check_prices(budget: float, noisy_price: float, verified_price: float) -> None:
    check_number(budget, "budget", "(0, inf)")
    check_number(noisy_price, "noisy_price", "(0, inf)")
    check_number(verified_price, "verified_price", "(0, inf)")


def planned(
    curves: LabelCurves,
    budget: float,
    noisy_price: float,
    verified_price: float,
    confidence_level: float,
) -> LabelBudget:
    """The split of the budget whose accuracy is highest on average over the draws."""
    check_prices(budget, noisy_price, verified_price)
    noisy, verified = purchases(curves.n_noisy, budget, noisy_price, verified_price)
    draws = curves.accuracy(curves.n_noisy + noisy - verified, curves.n_verified + verified)
    now = curves.accuracy([curves.n_noisy], [curves.n_verified])
    expected = draws.mean(axis=0)
    best = int(expected.argmax())
    places = {"noisy": 0, "half": len(PARTS) // 2, "verified": len(PARTS) - 1}

    def limits(values: Array) -> tuple[float, float]:
        low, high = np.quantile(values, [(1 - confidence_level) / 2, (1 + confidence_level) / 2])
        return float(low), float(high)

    return LabelBudget(
        n_noisy=int(noisy[best]),
        n_verified=int(verified[best]),
        accuracy=float(expected[best]),
        accuracy_now=float(now.mean()),
        accuracy_interval=limits(draws[:, best]),
        gain=float(expected[best] - now.mean()),
        gain_interval=limits(draws[:, best] - now[:, 0]),
        worth=float(np.median(curves.worth)),
        worth_interval=limits(curves.worth),
        alternatives={name: float(expected[place]) for name, place in places.items()},
        confidence_level=confidence_level,
        curves=curves,
    )


def purchases(
    n_rows: int, budget: float, noisy_price: float, verified_price: float
) -> tuple[Array, Array]:
    """Numbers of noisy and of clean labels, for each share of the budget in `PARTS`.

    No more clean labels than the `n_rows` and those bought: what they leave buys both labels.
    """
    verified = np.floor(PARTS * budget / verified_price)
    noisy = np.floor((budget - verified * verified_price) / noisy_price)
    # Where rows run out, each further one is bought with its noisy label.
    most = np.floor((budget + n_rows * noisy_price) / (noisy_price + verified_price))
    verified = np.where(verified > n_rows + noisy, most, verified)
    noisy = np.floor((budget - verified * verified_price) / noisy_price)
    return noisy, np.minimum(verified, n_rows + noisy)
