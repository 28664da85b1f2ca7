"""The noisy labels of a score: one of each row, or the shares of all classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class NoisyLabels:
    """Row numbers of T, or the shares of its rows, of shape (n_samples, n_classes)."""

    def __init__(self, labels: NDArray[Any]) -> None:
        self.labels = labels
        self.are_soft = labels.ndim == 2

    def __len__(self) -> int:
        return len(self.labels)

    def rows_of(self, matrix: Array) -> Array:
        """The row of a matrix, or entry of a vector, for each label; of soft ones their mean."""
        return self.labels @ matrix if self.are_soft else matrix[self.labels]

    def average(self, values: Array) -> Array:
        """Of values for all labels of each row that of its label; of soft ones their mean."""
        if self.are_soft:
            return (self.labels * values).sum(axis=1)
        return values[np.arange(len(self)), self.labels]
