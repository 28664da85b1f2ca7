"""An estimate of T with what its uncertainty is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from ._arrays import Array, Codes, row_shares, row_weights
from ._auto import Weighing
from ._canonical import canonical_rows
from ._diagnostics import doubts
from ._estimate import ANY_RATE, Bootstrap, Estimate, NoisyRows, Options
from ._known_rates import at_rate
from ._methods import MethodName, check_method, find_method
from ._one_sided import OneSided
from ._trusted_posterior import trusted_posterior

# Where rows are not kept, the spread of T comes from so many samples, of so many numbers (rows
# times classes) and rows of each class, and up to so many classes: a small part of a fit's time.
SAMPLES = 30
ENOUGH_NUMBERS = 30_000
ENOUGH_ROWS_OF_CLASS = 60
MOST_CLASSES = 50
# No estimate makes it surer than this that labels of a class are right.
SUREST_RATE = 0.99
# Trusted labels of each class that settle how much is noise, and how much overlap.
ENOUGH_TRUSTED = 10


@dataclass(frozen=True)
class FittedEstimate:
    """What `estimate` returns: T, and how to resample it."""

    estimate: Estimate  # As the method returned it, its classes in the order `classes`.
    method: MethodName
    options: Options
    classes: NDArray[np.intp]
    # The labelled rows; None where they are not kept.
    rows: NoisyRows | None
    # With trusted labels in them.
    transition_matrix: Array
    n_examples: Array
    # The method's row of T that each row is; None: the same.
    order: NDArray[np.intp] | None = None
    # Noisy labels of trusted rows by class, how many there are of each, and Dirichlet parameters
    # of the rows of T from them.
    trusted_counts: Array | None = None
    n_trusted: Array | None = None
    concentration: Array | None = None
    # The share of the labelled rows that are not trusted.
    independent: float = 1.0
    # Standard deviations of the entries over samples, where the rows are not kept; None: unknown.
    spread: Array | None = None

    @property
    def losses(self) -> Mapping[str, float] | None:
        return self.estimate.losses

    def doubts(self, classes: NDArray[Any]) -> tuple[str, ...]:
        """Why T may be wrong, and what to do about it; `classes` are the labels of its rows."""
        of_matrix = doubts(self.transition_matrix, self.n_examples, classes, named=self.is_trusted)
        return (*(() if self._is_settled else self.estimate.doubts), *of_matrix)

    @property
    def rate_range(self) -> tuple[float, float] | None:
        """Noise rates that explain the labels about as well; None: not weighed, or trusted."""
        return None if self._is_settled else self.estimate.rate_range

    @property
    def is_identified(self) -> bool | None:
        """Whether the labels tell noise from overlap; None where the method cannot know."""
        if self._is_settled:
            return True
        return None if self.estimate.rate_range is None else not self.estimate.doubts

    @property
    def is_trusted(self) -> NDArray[np.bool_] | None:
        """Which classes have a trusted label; None if there is none."""
        return None if self.n_trusted is None else self.n_trusted > 0

    @property
    def _is_settled(self) -> bool:
        """Whether trusted labels of every class say what T is."""
        return self.n_trusted is not None and bool((self.n_trusted >= ENOUGH_TRUSTED).all())

    @property
    def has_interval(self) -> bool:
        """Whether it still knows its uncertainty."""
        return self.rows is not None or self.spread is not None

    def with_trusted_counts(
        self,
        counts: Array,
        order: NDArray[np.intp],
        n_trusted: Array,
        independent: float,
    ) -> FittedEstimate:
        """The rows in another order, each with a Dirichlet posterior from trusted labels."""
        assert self.rows is not None
        fitted = replace(
            self, order=order, trusted_counts=counts, n_trusted=n_trusted, independent=independent
        )
        T = self.transition_matrix[order]
        found = Estimate(self.options.from_concentration(fitted._posterior(T)), self.n_examples)
        found = _within_rates(found, self.rows.label_counts(), self.options)
        return replace(
            fitted,
            transition_matrix=found.transition_matrix,
            n_examples=self.n_examples[order] * independent + n_trusted,
            concentration=fitted._posterior(_unsure(T)),
        )

    def _posterior(self, transition_matrix: Array) -> Array:
        """Dirichlet parameters of the rows, by trusted labels and a T without them."""
        assert self.trusted_counts is not None
        possible = self.options.possible(len(transition_matrix))
        return trusted_posterior(
            transition_matrix, self.trusted_counts, possible, independent=self.independent
        )

    def without_rows(self) -> FittedEstimate:
        """The same with the spread of T instead of the rows, where that costs little.

        A user's function for T, and one of very many classes, are not resampled unasked.
        """
        rows, K = self.rows, len(self.transition_matrix)
        if rows is None:
            return self
        if callable(self.method) or K > MOST_CLASSES:
            return replace(self, rows=None)
        share = min(1.0, max(ENOUGH_NUMBERS // K, ENOUGH_ROWS_OF_CLASS * K) / len(rows.y))
        if isinstance(self.estimate.details, Weighing | OneSided):  # Its samples are not of rows.
            share = 1.0
        # Samples of fewer rows spread as much wider (m out of n bootstrap).
        spread = self._samples(rows, share, SAMPLES).std(axis=0, ddof=1)
        return replace(self, rows=None, spread=spread * np.sqrt(share))

    def resampled(self, n_bootstrap: int) -> Array:
        """T of bootstrap samples of the rows, of shape (n_bootstrap, n_classes, n_classes).

        Their posteriors stay as they are. Rows with trusted labels are drawn from what these say.
        """
        assert self.rows is not None
        samples = self._samples(self.rows, 1.0, n_bootstrap)
        if self.trusted_counts is None:
            return samples
        rng = np.random.default_rng(0)
        return np.stack([self._drawn(sample, rng) for sample in samples])

    def _drawn(self, sample: Array, rng: np.random.Generator) -> Array:
        """A sample of T without trusted labels, and what these may mean beside it."""
        assert self.is_trusted is not None
        concentration = self._posterior(_unsure(sample))
        drawn = row_shares(rng.standard_gamma(concentration))
        T = np.where(self.is_trusted[:, None], drawn, sample)
        return self.options.from_concentration(T * concentration.sum(axis=1, keepdims=True))

    def _samples(self, rows: NoisyRows, share: float, n_bootstrap: int) -> Array:
        rng = np.random.default_rng(0)
        method = find_method(self.method)
        if not method.keeps_rows:
            rows, _ = canonical_rows(rows, self.classes)
        drawn = (bootstrap_weights(rows.weights, rng, share) for _ in range(n_bootstrap))
        order = np.arange(len(self.n_examples)) if self.order is None else self.order
        start = self.transition_matrix[np.argsort(order)][np.ix_(self.classes, self.classes)]
        options = self.options._replace(classes=self.classes)
        estimate = self.estimate._replace(transition_matrix=start)
        found = method.resample(Bootstrap(rows, estimate, options, drawn, rng))
        labels = rows.label_counts()
        known = (_within_rates(Estimate(T, start), labels, options) for T in found)
        samples = np.stack([sample.transition_matrix for sample in known])
        place = np.argsort(self.classes)
        return samples[:, place[:, None], place][:, order]

    def interval(self, confidence_level: float, n_bootstrap: int) -> Array:
        """Lower and upper limits of the entries, of shape (2, n_classes, n_classes).

        From `n_bootstrap` samples of the rows, or from the spread where these are not kept.
        """
        if self.rows is not None:
            return self.limits(self.resampled(n_bootstrap), confidence_level)
        assert self.spread is not None
        return self._limits(self.spread, confidence_level)

    def limits(self, samples: Array, confidence_level: float) -> Array:
        """As `interval`, from samples of T; rows with trusted labels have Dirichlet limits."""
        return self._limits(samples.std(axis=0, ddof=1), confidence_level)

    def _limits(self, spread: Array, confidence_level: float) -> Array:
        limits = normal_interval(self.transition_matrix, spread, confidence_level)
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
    entry, n_classes, n = find_method(method), noisy_proba.shape[1], len(y)
    if entry.check_classes is not None:
        entry.check_classes(n_classes)
    classes, asked = np.arange(n_classes), rows
    if not entry.keeps_rows:
        asked, classes = canonical_rows(rows)
    found = entry.estimate(asked, options._replace(classes=classes))
    found = _within_rates(found, asked.label_counts(), options)
    if n < len(noisy_proba):
        weights = row_weights(None if sample_weight is None else sample_weight[:n], n)
        rows = NoisyRows(noisy_proba[:n], y, weights)
    return _fitted(found, method, options, classes, rows)


def _within_rates(found: Estimate, labels: NDArray[Any], options: Options) -> Estimate:
    """With T drawn to the noise rates that are known; `labels` are all rows by noisy label."""
    if options.noise_rate == ANY_RATE:
        return found
    T = at_rate(found.transition_matrix, labels / labels.sum(), options.noise_rate)
    return found._replace(transition_matrix=T)


def estimate_from_top_counts(
    counts: Array, labels: Array, *, method: MethodName, structure: Any = None
) -> FittedEstimate:
    """As `estimate`, from the labels that `TopRows` counted in a stream of posteriors.

    `labels` are all rows by noisy label. The spread of T is that of Poisson counts.
    """
    options = check_method(method, structure=structure)
    from_top_counts = find_method(method).from_top_counts
    assert from_top_counts is not None
    found, spread = _within_rates(from_top_counts(options, counts), labels, options), None
    if len(counts) <= MOST_CLASSES:
        rng = np.random.default_rng(0)
        drawn = (rng.poisson(counts).astype(np.float64) for _ in range(SAMPLES))
        samples = (from_top_counts(options, sample) for sample in drawn)
        known = [_within_rates(sample, labels, options).transition_matrix for sample in samples]
        spread = np.std(known, axis=0, ddof=1)
    fitted = _fitted(found, method, options, np.arange(len(counts)), None)
    return replace(fitted, spread=spread)


def _fitted(
    estimate: Estimate,
    method: MethodName,
    options: Options,
    classes: NDArray[np.intp],
    rows: NoisyRows | None,
) -> FittedEstimate:
    place = np.argsort(classes)
    T, n_examples = estimate.transition_matrix[np.ix_(place, place)], estimate.n_examples[place]
    return FittedEstimate(estimate, method, options, classes, rows, T, n_examples)


def _unsure(transition_matrix: Array) -> Array:
    """With some wrong labels of every class: trusted labels decide whether there are none."""
    wrong = 1 - np.eye(len(transition_matrix))
    wrong /= np.maximum(wrong.sum(axis=1, keepdims=True), 1)
    right = transition_matrix.diagonal()
    moved = np.maximum(right - SUREST_RATE, 0) * wrong.any(axis=1)
    return np.asarray(transition_matrix + moved[:, None] * wrong - np.diag(moved))


def bootstrap_weights(weights: Array, rng: np.random.Generator, share: float = 1.0) -> Array:
    """How often each row is drawn, of as many draws as the weights sum to.

    As weights, a row never stands on both sides of a fold. Of a `share` of the draws each counts
    as much more.
    """
    total = weights.sum()
    n_drawn = max(1, round(share * total))
    return rng.multinomial(n_drawn, weights / total).astype(np.float64) / share


def normal_interval(transition_matrix: Array, spread: Array, confidence_level: float) -> Array:
    """The estimate plus and minus a multiple of its spread over samples, cut at 0 and 1.

    Quantiles of the samples would be off: they lie about the mean of the samples, which were
    drawn towards each other once more.
    """
    half = norm.ppf((1 + confidence_level) / 2) * spread
    return np.clip([transition_matrix - half, transition_matrix + half], 0, 1)


def dirichlet_interval(concentration: Array, confidence_level: float) -> Array:
    """Quantiles of every entry of rows that are Dirichlet: each is Beta, and zero may be likely."""
    rest = concentration.sum(axis=1, keepdims=True) - concentration
    tails = np.array([(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    with np.errstate(invalid="ignore"):
        limits = beta.ppf(tails[:, None, None], concentration, rest)
    limits[0, concentration < 1] = 0  # The density is highest there: zero must not be left out.
    return np.where(concentration == 0, 0.0, np.where(rest == 0, 1.0, limits))
