"""Labels with weights that undo the noise, and classifiers that are fitted to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._estimation import CrossFit, known_posteriors, seeded_clone, weight_params
from .._iterators import RepeatedRows, each_once, merged
from .._transition import row_weights
from .._validation import TrainingSet, take_rows, written_out

Array = NDArray[np.float64]

# Shares of a row below this are not worth a copy of it.
NEGLIGIBLE = 0.01
# An importance weight is cut here: one surprising label must not outweigh a class.
LARGEST_WEIGHT = 100.0


class WeightedLabels(NamedTuple):
    """Which rows a classifier is fitted to, with which labels; a row may have several of these."""

    rows: NDArray[np.intp]
    codes: NDArray[np.integer]
    weights: Array

    @classmethod
    def by_posterior(cls, clean: Array, data: TrainingSet, columns: Array) -> WeightedLabels:
        """Each row with each class, by the probability that this is its clean label.

        `clean` are posteriors that do not know the noisy label, and `columns` are
        ``P(noisy label | clean = k)`` of the rows.
        """
        joint = clean * columns
        noisy = joint.sum(axis=1)[:, None]
        shares = np.divide(joint, noisy, out=clean.copy(), where=noisy > 0)
        rows, codes = np.nonzero(shares >= NEGLIGIBLE)
        return cls(
            rows, codes, row_weights(data.sample_weight, len(data.y))[rows] * shares[rows, codes]
        )

    @classmethod
    def by_importance(cls, clean: Array, data: TrainingSet, columns: Array) -> WeightedLabels:
        """Each row with its noisy label, by how much likelier the clean label is the same."""
        noisy = (clean * columns).sum(axis=1)
        same = clean[np.arange(len(clean)), data.y]
        ratio = np.divide(same, noisy, out=np.zeros_like(noisy), where=noisy > 0)
        weights = row_weights(data.sample_weight, len(data.y)) * np.minimum(ratio, LARGEST_WEIGHT)
        rows = np.flatnonzero(weights)
        return cls(rows, data.y[rows], weights[rows])

    def fitted(self, base: Any, data: TrainingSet, seed: int) -> Any:
        """A clone of a classifier, fitted to the rows."""
        chosen, codes, weights = self
        if isinstance(data.X, RepeatedRows):
            chosen, codes, weights = merged(data.X.rows[chosen], codes, weights)
        rows = written_out(take_rows(each_once(data.X), chosen))
        classifier = seeded_clone(base, seed)
        return classifier.fit(rows, data.classes[codes], **weight_params(base, weights))

    def left_out_proba(self, cross: CrossFit, data: TrainingSet, seed: int) -> Array:
        """Posteriors of all rows, each by a classifier that was not fitted to it."""
        proba = np.empty((len(data.y), len(data.classes)))
        # What is wrong with the folds was told when they made the posteriors behind the weights.
        for k, (train, test) in enumerate(cross.parts(data, seed, lambda _: None), start=1):
            seen = np.isin(self.rows, train)
            part = WeightedLabels(self.rows[seen], self.codes[seen], self.weights[seen])
            classifier = part.fitted(cross.estimator, data, seed + k)
            proba[test] = known_posteriors(classifier, take_rows(data.X, test), data.classes)
        return proba
