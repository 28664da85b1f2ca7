"""What noisy labels say about the clean ones of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._validation import TrainingSet

Array = NDArray[np.float64]


class LabelEvidence(NamedTuple):
    """Labels of rows, several of a row with soft ones.

    `row` of shape (n_labels,) says which row each belongs to, `likelihoods` of shape (n_labels,
    n_classes) is ``P(label | clean = k)``, and `weights` are those of the labels.
    """

    row: NDArray[np.intp]
    likelihoods: Array
    weights: Array

    @classmethod
    def of(cls, data: TrainingSet, likelihoods: Array) -> LabelEvidence:
        """Of a training set; candidates of a row are one label, which says any of them."""
        weights = np.ones(len(data.y)) if data.loss_weight is None else data.loss_weight
        row = data.X.rows if data.is_soft else np.arange(len(data.y))
        if not data.has_candidates:
            return cls(row, likelihoods, weights)
        n_rows = len(data.X.first)
        summed = np.zeros((n_rows, likelihoods.shape[1]))
        np.add.at(summed, row, likelihoods)
        return cls(np.arange(n_rows), summed, np.bincount(row, weights).astype(np.float64))

    def loss(self, proba: Array) -> float:
        """The mean negative log likelihood of the labels under clean posteriors of the rows."""
        found = (proba[self.row] * self.likelihoods).sum(axis=1)
        return float(-np.average(np.log(np.maximum(found, 1e-300)), weights=self.weights))

    def clean_shares(self, proba: Array) -> Array:
        """Clean posteriors of the rows that know the labels, too: the E step of EM."""
        joint = proba[self.row] * self.likelihoods
        joint /= np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
        shares = np.zeros(proba.shape)
        np.add.at(shares, self.row, self.weights[:, None] * joint)
        return shares / self.row_weights[:, None]

    @property
    def row_weights(self) -> Array:
        """The sum of the weights of the labels of each row."""
        return np.bincount(self.row, self.weights).astype(np.float64)
