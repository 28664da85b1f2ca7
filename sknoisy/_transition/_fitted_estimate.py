"""An estimate of T with what its uncertainty is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from ._arrays import Array, Codes, row_weights
from ._canonical import canonical_rows
from ._estimate import Bootstrap, Estimate, NoisyRows, Options
from ._methods import MethodName, check_method, find_method


@dataclass(frozen=True)
class FittedEstimate:
    """What `estimate` returns: T, and how to resample it."""

    estimate: Estimate  # As the method returned it, its classes in the order `classes`.
    method: MethodName
    options: Options
    y: Codes
    sample_weight: Array | None
    classes: NDArray[np.intp]
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
        method = find_method(self.method)
        rows = NoisyRows(noisy_proba, self.y, row_weights(self.sample_weight, len(self.y)))
        if not method.keeps_rows:
            rows, _ = canonical_rows(rows, self.classes)
        drawn = (bootstrap_weights(rows.weights, rng) for _ in range(n_bootstrap))
        order = np.arange(len(self.n_examples)) if self.order is None else self.order
        start = self.transition_matrix[np.argsort(order)][np.ix_(self.classes, self.classes)]
        options = self.options._replace(classes=self.classes)
        estimate = self.estimate._replace(transition_matrix=start)
        samples = np.stack(method.resample(Bootstrap(rows, estimate, options, drawn, rng)))
        place = np.argsort(self.classes)
        return samples[:, place[:, None], place][:, order]

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
    methods that take them. The other parameters are those of `TransitionMatrixEstimator`. Neither
    the order of the rows nor that of the classes matters, and a row of weight 2 is two rows; a
    callable gets the rows as they are, without their weights.
    """
    options = check_method(method, quantile=quantile, structure=structure)
    rows = NoisyRows(noisy_proba, y, row_weights(sample_weight, len(noisy_proba)))
    labelled = None if sample_weight is None else sample_weight[: len(y)]
    classes = np.arange(noisy_proba.shape[1])
    if not find_method(method).keeps_rows:
        rows, classes = canonical_rows(rows)
    found = find_method(method).estimate(rows, options._replace(classes=classes))
    return _fitted(found, method, options, y, labelled, classes)


def estimate_from_top_counts(
    counts: Array, y: Codes, *, method: MethodName, structure: Any = None
) -> FittedEstimate:
    """As `estimate`, from the labels that `TopRows` counted in a stream of posteriors."""
    options = check_method(method, structure=structure)
    from_top_counts = find_method(method).from_top_counts
    assert from_top_counts is not None
    classes = np.arange(len(counts))
    return _fitted(from_top_counts(options, counts), method, options, y, None, classes)


def _fitted(
    estimate: Estimate,
    method: MethodName,
    options: Options,
    y: Codes,
    sample_weight: Array | None,
    classes: NDArray[np.intp],
) -> FittedEstimate:
    place = np.argsort(classes)
    T, n_examples = estimate.transition_matrix[np.ix_(place, place)], estimate.n_examples[place]
    return FittedEstimate(estimate, method, options, y, sample_weight, classes, T, n_examples)


def bootstrap_weights(weights: Array, rng: np.random.Generator) -> Array:
    """How often each row is drawn, of as many draws as the weights sum to.

    As weights, a row never stands on both sides of a fold.
    """
    total = weights.sum()
    return rng.multinomial(max(1, round(total)), weights / total).astype(np.float64)


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
