"""What a method for T is given and returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arrays import PRIOR_ROWS, Array, Codes, normalize_rows, row_shares
from ._projection import held_out_losses
from ._structure import labels_allowed, structured_estimate

# From counts of (class, noisy label) to T.
FromCounts = Callable[[Array], Array]
ANY_RATE = 0.0, 1.0


class NoisyRows(NamedTuple):
    """Posteriors of the noisy labels, the labels as column numbers, and weights: rows' numbers.

    Posteriors and weights may have more rows than there are labels: those of unlabelled rows.
    """

    proba: Array
    y: Codes
    weights: Array

    def take(self, rows: NDArray[np.intp]) -> NoisyRows:
        return NoisyRows(self.proba[rows], self.y[rows], self.weights[rows])

    def among(self, seen: NDArray[np.bool_]) -> NoisyRows:
        """Posteriors, which sum to 1 again, and labels among the classes that have a label."""
        kept = self.proba[:, seen]
        sums = kept.sum(axis=1, keepdims=True)
        proba = np.divide(kept, sums, out=np.full(kept.shape, 1 / seen.sum()), where=sums > 0)
        y = np.searchsorted(np.flatnonzero(seen), self.y)
        return NoisyRows(proba, y, self.weights)

    def weighted(self, weights: Array) -> NoisyRows:
        """The rows of positive weight."""
        drawn = np.flatnonzero(weights)
        return self.take(drawn)._replace(weights=weights[drawn])

    def label_counts(self) -> Array:
        """How many rows have each label; unlabelled ones count for none."""
        labelled = np.flatnonzero(self.y >= 0)
        counts = np.bincount(self.y[labelled], self.weights[labelled], self.proba.shape[1])
        return counts.astype(np.float64)

    def losses(self, transition_matrix: Array) -> Array:
        """How badly T explains each label, see `held_out_losses`."""
        return held_out_losses(self.proba, self.y, transition_matrix)

    def loss(self, transition_matrix: Array) -> float:
        """Their mean."""
        return float(np.average(self.losses(transition_matrix), weights=self.weights))


class Estimate(NamedTuple):
    """T as a method returns it.

    `n_examples` says how many examples each row rests on (NaN: not counted), `losses` how the
    method chose, `details` is what its resampling needs, and `doubts` say why T may be wrong
    where only the method can know; `rate_range` are the noise rates that explain the labels about
    as well, where it weighed them.
    """

    transition_matrix: Array
    n_examples: Array
    losses: Mapping[str, float] | None = None
    details: Any = None
    doubts: tuple[str, ...] = ()
    rate_range: tuple[float, float] | None = None

    def among_all(self, seen: NDArray[np.bool_]) -> Estimate:
        """With a row of the identity for each class that has no label."""
        if seen.all():
            return self
        T, n_examples = np.eye(len(seen)), np.zeros(len(seen))
        T[np.ix_(seen, seen)], n_examples[seen] = self.transition_matrix, self.n_examples
        return self._replace(transition_matrix=T, n_examples=n_examples)


class Options(NamedTuple):
    """How T is asked for: where anchors lie, and what is known of the noise.

    `structure` are keyword arguments of `structured_estimate`.
    """

    quantile: float | str = "prior"
    structure: Mapping[str, Any] | None = None
    # Of the structure, which class each row of the counts is; None: the same.
    classes: NDArray[np.intp] | None = None
    # Limits of the noise rate.
    noise_rate: tuple[float, float] = ANY_RATE

    def from_counts(self, otherwise: FromCounts) -> FromCounts:
        """What makes T of counts: the likeliest T of a structure, or `otherwise` without one."""
        if self.structure is None:
            return otherwise
        structure = dict(self.structure)
        if self.classes is None:
            return lambda counts: structured_estimate(counts, **structure)
        there = np.ix_(self.classes, self.classes)
        place = np.argsort(self.classes)
        back = np.ix_(place, place)
        return lambda counts: structured_estimate(counts[back], **structure)[there]

    def possible(self, n_classes: int) -> NDArray[np.bool_]:
        """Which noisy label an example of each class may have."""
        return labels_allowed(self.structure, n_classes)

    def from_concentration(self, concentration: Array) -> Array:
        """T from Dirichlet parameters of its rows, which already keep to what is possible."""
        structure = self.structure or {}
        tied = structure.get("noise") is not None or structure.get("rank") is not None
        return self.from_counts(row_shares)(concentration) if tied else row_shares(concentration)

    def estimate_from_counts(self, counts: Array) -> Estimate:
        """T from the noisy labels counted for each class, a few right ones added."""
        identity = PRIOR_ROWS * np.eye(len(counts))
        T = self.from_counts(lambda c: normalize_rows(c + identity))(counts)
        return Estimate(T, counts.sum(axis=1))

    def estimate_without_counts(self, transition_matrix: Array, n_samples: float) -> Estimate:
        """T within the structure, as if each class had as many examples."""
        K = len(transition_matrix)
        if self.structure is not None:
            from_counts = self.from_counts(normalize_rows)
            transition_matrix = from_counts(transition_matrix * n_samples / K)
        return Estimate(transition_matrix, np.full(K, np.nan))


class Bootstrap(NamedTuple):
    """Samples to estimate T from: weights of the rows are `drawn` for each.

    `estimate` is that of all rows; `rng` is there for what else varies.
    """

    rows: NoisyRows
    estimate: Estimate
    options: Options
    drawn: Iterable[Array]
    rng: np.random.Generator
