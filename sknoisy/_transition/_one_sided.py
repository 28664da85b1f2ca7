"""One-sided noise: wrong labels all name one class, as with positive and unlabelled rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize
from scipy.special import expit, logit

from ._arrays import Array, ten_digits
from ._estimate import ANY_RATE, Bootstrap, Estimate, NoisyRows, Options
from ._identification import overlap_doubt

# Rows are cut by rank into so many cells at most: the likelihood changes less than it errs.
CELLS = 1000
# How much of the rows that no label says to be positive may be: where the likelihood is computed,
# as shares of all of them, and on how many points it is interpolated.
HIDDEN = np.linspace(0.02, 0.98, 33)
POINTS = 401
# The model of the posteriors is none that is true: of the evidence only this share is believed
# (Grünwald, van Ommen, Bayesian Analysis 12, 2017). Chosen on other tables than are reported.
TRUST = 0.2
# Keeps the slope of a class that ranks tell perfectly from growing for ever.
RIDGE = 1e-3
DRAWS = 1000
# With a larger expected error of the rows of T that may hold wrong labels it is doubted.
LARGEST_ERROR = 0.2
RANGE = 0.025, 0.975


class LabelFrequency(NamedTuple):
    """Values that the frequency of a class's labels may have, with weights that sum to 1."""

    values: Array
    weights: Array

    @property
    def middle(self) -> float:
        """The geometric mean: it favours neither the frequency nor its inverse, the prior."""
        return float(np.exp(self.weights @ np.log(self.values)))

    def drawn(self, rng: np.random.Generator) -> float:
        return float(rng.choice(self.values, p=self.weights))


class OneSided(NamedTuple):
    """What resampling needs: the class that holds wrong labels, and the others' frequencies."""

    negative: int
    frequencies: dict[int, LabelFrequency]
    shares: Array

    def transition_matrix(self, found: dict[int, float]) -> Array:
        """T of some frequencies; clean classes that would fill more than all rows are cut down."""
        hidden = {k: self.shares[k] * (1 / c - 1) for k, c in found.items()}
        room = HIDDEN[-1] * self.shares[self.negative]
        fits = min(1.0, room / max(sum(hidden.values()), 1e-12))
        T = np.eye(len(self.shares))
        for k, excess in hidden.items():
            T[k, k] = self.shares[k] / (self.shares[k] + fits * excess)
            T[k, self.negative] = 1 - T[k, k]
        return T


def is_one_sided(options: Options) -> bool:
    """Whether the structure is that of one-sided noise and nothing else."""
    structure = options.structure or {}
    return structure.get("noise") == "one_sided" and set(structure) <= {"noise", "zeros"}


def one_sided_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """The frequency c with which rows of a class have its label, weighed by how likely it is.

    Notes
    -----
    If the rows that are labelled are drawn at random from their class (selected completely at
    random, [1]_), ``P(label = k | x) = c p_k(x)`` with p the clean posterior. Where no row is
    surely of class k, c is not identified without a model of p: with the largest p below 1,
    all that methods for the proportion in a mixture [2]_ can bound is their product. As for
    method "likelihood", ``p = 1 / (1 + exp(-a h - b))`` of the log-odds h of the rank of a row
    among the posteriors of k. Every share of the class among all rows is as likely as any other
    in advance, a and b are fitted to each, and c is the geometric mean under the likelihood,
    raised to a power below 1 because the model is an approximation.

    References
    ----------
    .. [1] Elkan, Noto, "Learning Classifiers from Only Positive and Unlabeled Data", KDD 2008.
    .. [2] Ramaswamy, Scott, Tewari, "Mixture Proportion Estimation via Kernel Embeddings of
       Distributions", ICML 2016.
    """
    counts = np.bincount(rows.y, rows.weights, minlength=rows.proba.shape[1])
    n_rows = float(counts.sum())
    shares = np.asarray(counts / n_rows, dtype=np.float64)
    negative, hiding = _sides(options, len(shares))
    limits = options.noise_rate if len(hiding) == 1 else ANY_RATE
    frequencies = {
        k: _frequency(rows, k, shares[k], shares[negative], limits)
        for k in hiding
        if shares[k] > 0 and shares[negative] > 0
    }
    details = OneSided(negative, frequencies, shares)
    T = details.transition_matrix({k: found.middle for k, found in frequencies.items()})
    n_examples = n_rows * shares / T.diagonal()
    n_examples[negative] = n_rows - np.delete(n_examples, negative).sum()
    rng = np.random.default_rng(0)
    drawn = np.array([_drawn(details, rng) for _ in range(DRAWS)])
    hidden = shares @ (1 / drawn.diagonal(axis1=1, axis2=2) - 1).T
    rate_range = float(np.quantile(hidden, RANGE[0])), float(np.quantile(hidden, RANGE[1]))
    # Of the rows of T that may hold wrong labels.
    error = float(np.abs(drawn - T).sum() / (DRAWS * max(len(hiding), 1)))
    doubt = overlap_doubt(rate_range, error) if error > LARGEST_ERROR else None
    return Estimate(
        T,
        n_examples,
        details=details,
        doubts=() if doubt is None else (doubt,),
        rate_range=rate_range,
    )


def resampled_one_sided(bootstrap: Bootstrap) -> list[Array]:
    """T with frequencies drawn by their weights."""
    details: OneSided = bootstrap.estimate.details
    return [_drawn(details, bootstrap.rng) for _ in bootstrap.drawn]


def _drawn(details: OneSided, rng: np.random.Generator) -> Array:
    return details.transition_matrix({k: c.drawn(rng) for k, c in details.frequencies.items()})


def _sides(options: Options, n_classes: int) -> tuple[int, NDArray[np.intp]]:
    """The class that wrong labels name, and the classes that they may hide."""
    assert options.structure is not None
    possible = ~np.asarray(options.structure["zeros"], dtype=bool)
    if options.classes is not None:
        possible = possible[np.ix_(options.classes, options.classes)]
    wrong = possible & ~np.eye(n_classes, dtype=bool)
    negative = int(wrong.sum(axis=0).argmax())
    return negative, np.flatnonzero(wrong[:, negative])


def _frequency(
    rows: NoisyRows, k: int, share: float, rest: float, limits: tuple[float, float]
) -> LabelFrequency:
    """How often rows of class k have its label; `share` of the rows do, `rest` may be of it."""
    low, high = max(limits[0], HIDDEN[0] * rest), min(limits[1], HIDDEN[-1] * rest)
    if limits[0] == limits[1] or low >= high:
        known = min(max(limits[0], 0.0), rest)
        return LabelFrequency(np.array([share / (share + known)]), np.ones(1))
    h, labelled, all_rows = _cells(rows, k)
    hidden = low + (high - low) * (HIDDEN - HIDDEN[0]) / (HIDDEN[-1] - HIDDEN[0])
    start, likelihoods = np.array([2.0, -1.0]), []
    for c in share / (share + hidden):
        fitted = minimize(
            _loss_and_gradient, start, args=(c, h, labelled, all_rows), jac=True, method="BFGS"
        )
        start = fitted.x
        likelihoods.append(-fitted.fun)
    fine = np.linspace(low, high, POINTS)
    evidence = TRUST * PchipInterpolator(hidden, likelihoods)(fine)
    weights = np.exp(evidence - evidence.max())
    return LabelFrequency(share / (share + fine), weights / weights.sum())


def _cells(rows: NoisyRows, k: int) -> tuple[Array, Array, Array]:
    """Log-odds of the ranks among the posteriors of class k, and weights: those labelled k, all.

    Rows that share a posterior share a rank.
    """
    _, place = np.unique(ten_digits(rows.proba[:, k]), return_inverse=True)
    heights = np.bincount(place, rows.weights)
    ranks = (np.cumsum(heights) - heights / 2) / heights.sum()
    cell = np.floor(CELLS * ranks)[place].astype(np.intp)
    all_rows = np.bincount(cell, rows.weights, minlength=CELLS)
    labelled = np.bincount(cell, rows.weights * (rows.y == k), minlength=CELLS)
    rank = np.bincount(cell, rows.weights * ranks[place], minlength=CELLS)
    kept = all_rows > 0
    h = logit(rank[kept] / all_rows[kept])
    return h, np.asarray(labelled[kept], float), np.asarray(all_rows[kept], float)


def _loss_and_gradient(
    slope_and_shift: Array, c: float, h: Array, labelled: Array, all_rows: Array
) -> tuple[float, Array]:
    a, b = slope_and_shift
    p = expit(a * h + b)
    q = (c * p).clip(1e-12, 1 - 1e-12)
    loss = -(labelled @ np.log(q) + (all_rows - labelled) @ np.log1p(-q)) + RIDGE * a * a / 2
    by_z = ((all_rows - labelled) / (1 - q) - labelled / q) * c * p * (1 - p)
    return float(loss), np.array([by_z @ h + RIDGE * a, by_z.sum()])
