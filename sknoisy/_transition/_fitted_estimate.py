"""An estimate of T with what its uncertainty is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from ._arrays import Array, Codes, row_weights
from ._diagnostics import doubts
from ._estimate import Bootstrap, Estimate, NoisyRows, Options
from ._methods import MethodName, check_method, find_method


@dataclass(frozen=True)
class FittedEstimate:
    """What `estimate` returns: T, and how to resample it."""

    estimate: Estimate  # As the method returned it.
    method: MethodName
    options: Options
    y: Codes
    sample_weight: Array | None
    # With trusted labels in them.
    transition_matrix: Array
    n_examples: Array
    # The method's row of T that each row is; None: the same.
    order: NDArray[np.intp] | None = None
    # Dirichlet parameters of the rows from trusted labels, and which classes have one.
    concentration: Array | None = None
    is_trusted: NDArray[np.bool_] | None = None

    @property
    def losses(self) -> Mapping[str, float] | None:
        return self.estimate.losses

    def doubts(self, classes: NDArray[Any]) -> tuple[str, ...]:
        """Why T may be wrong, and what to do about it; `classes` are the labels of its rows."""
        of_matrix = doubts(self.transition_matrix, self.n_examples, classes, named=self.is_trusted)
        return (*self.estimate.doubts, *of_matrix)

    def with_concentration(
        self, concentration: Array, order: NDArray[np.intp], n_trusted: NDArray[np.intp]
    ) -> FittedEstimate:
        """The rows in another order, each with a Dirichlet posterior from trusted labels."""
        from_concentration = find_method(self.method).from_concentration
        return replace(
            self,
            transition_matrix=self.options.from_counts(from_concentration)(concentration),
            n_examples=self.n_examples[order] + n_trusted,
            order=order,
            concentration=concentration,
            is_trusted=n_trusted > 0,
        )

    def resampled(self, noisy_proba: Array, n_bootstrap: int) -> Array:
        """T of bootstrap samples of the rows, of shape (n_bootstrap, n_classes, n_classes).

        `noisy_proba` are the posteriors of the labelled rows, which stay as they are.
        """
        rng = np.random.default_rng(0)
        rows = NoisyRows(noisy_proba, self.y, row_weights(self.sample_weight, len(self.y)))
        drawn = (bootstrap_weights(len(self.y), rng) * rows.weights for _ in range(n_bootstrap))
        order = np.arange(len(self.n_examples)) if self.order is None else self.order
        start = self.estimate._replace(transition_matrix=self.transition_matrix[np.argsort(order)])
        bootstrap = Bootstrap(rows, start, self.options, drawn, rng)
        return np.stack(find_method(self.method).resample(bootstrap))[:, order]

    def interval(self, noisy_proba: Array, confidence_level: float, n_bootstrap: int) -> Array:
        """Lower and upper limits of the entries, of shape (2, n_classes, n_classes)."""
        return self.limits(self.resampled(noisy_proba, n_bootstrap), confidence_level)

    def limits(self, samples: Array, confidence_level: float) -> Array:
        """As `interval`, from samples of T; rows with trusted labels have Dirichlet limits."""
        limits = normal_interval(self.transition_matrix, samples, confidence_level)
        if self.concentration is None or self.is_trusted is None:
            return limits
        trusted = dirichlet_interval(self.concentration, confidence_level)
        return np.where(self.is_trusted[:, None], trusted, limits)


def estimate(
    noisy_proba: Array,
    y: Codes,
    *,
    method: MethodName = "auto",
    quantile: float | str = "prior",
    sample_weight: Array | None = None,
    structure: Any = None,
) -> FittedEstimate:
    """Estimate T from posteriors of the noisy labels.

    `noisy_proba` and `sample_weight` may have more rows than `y`: those of unlabelled rows, for
    methods that take them. The other parameters are those of `TransitionMatrixEstimator`.
    """
    options = check_method(method, quantile=quantile, structure=structure)
    rows = NoisyRows(noisy_proba, y, row_weights(sample_weight, len(noisy_proba)))
    labelled = None if sample_weight is None else sample_weight[: len(y)]
    return _fitted(find_method(method).estimate(rows, options), method, options, y, labelled)


def estimate_from_top_counts(
    counts: Array, y: Codes, *, method: MethodName, structure: Any = None
) -> FittedEstimate:
    """As `estimate`, from the labels that `TopRows` counted in a stream of posteriors."""
    options = check_method(method, structure=structure)
    from_top_counts = find_method(method).from_top_counts
    assert from_top_counts is not None
    return _fitted(from_top_counts(options, counts), method, options, y, None)


def _fitted(
    estimate: Estimate, method: MethodName, options: Options, y: Codes, sample_weight: Array | None
) -> FittedEstimate:
    T, n_examples = estimate.transition_matrix, estimate.n_examples
    return FittedEstimate(estimate, method, options, y, sample_weight, T, n_examples)


def bootstrap_weights(n_samples: int, rng: np.random.Generator) -> Array:
    """How often each row is drawn: as weights, a row never stands on both sides of a fold."""
    return rng.multinomial(n_samples, np.full(n_samples, 1 / n_samples)).astype(np.float64)


def normal_interval(transition_matrix: Array, samples: Array, confidence_level: float) -> Array:
    """The estimate plus and minus a multiple of the spread of `samples`, cut at 0 and 1.

    Quantiles of the samples would be off: they lie about the mean of the samples, which were
    drawn towards each other once more.
    """
    half = norm.ppf((1 + confidence_level) / 2) * samples.std(axis=0, ddof=1)
    return np.clip([transition_matrix - half, transition_matrix + half], 0, 1)


def dirichlet_interval(concentration: Array, confidence_level: float) -> Array:
    """Quantiles of every entry of rows that are Dirichlet: each is Beta, and zero may be likely."""
    rest = concentration.sum(axis=1, keepdims=True) - concentration
    tails = np.array([(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    with np.errstate(invalid="ignore"):
        limits = beta.ppf(tails[:, None, None], concentration, rest)
    limits[0, concentration < 1] = 0  # The density is highest there: zero must not be left out.
    return np.where(concentration == 0, 0.0, np.where(rest == 0, 1.0, limits))
