"""Labels of the rows that rank highest for each class, from blocks of scores in one pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import Array, Codes

# Elements of a block: what is computed from one then fits into the cache.
BLOCK_ELEMENTS = 2**16


class TopRows:
    """For each class the labels of the rows that may still be among its highest.

    `n_top` is how many rows to count, as a sum of weights, or one number per class. A row below
    the last one that counts so far never counts later, and of the rows that tie with it only the
    sum by label matters: memory is O(K (K + n_top)) for K classes and any number of rows.
    """

    def __init__(self, n_classes: int, n_top: ArrayLike) -> None:
        self.wanted = np.broadcast_to(np.asarray(n_top, dtype=np.float64), n_classes)
        # The score of the last row that counts; rows that tie with it are in `tied`, by label.
        self.last = np.full(n_classes, -np.inf)
        self.tied = np.zeros((n_classes, n_classes))
        self._above: list[tuple[NDArray, NDArray, NDArray, NDArray]] = []
        self._n_above = 0
        self._room = 0

    def add(self, scores: NDArray[np.floating], y: Codes, weights: Array) -> None:
        """Take in rows: scores to rank by, of shape (n_rows, n_classes), labels and weights."""
        K = len(self.last)
        step = max(1, BLOCK_ELEMENTS // K)
        for start in range(0, len(scores), step):
            block = scores[start : start + step]
            last = self.last.astype(block.dtype)
            row, k = np.divmod(np.flatnonzero((block >= last).ravel()), K)
            score = block[row, k]
            label, weight = y[start + row], weights[start + row]
            ties = score == last[k]
            if ties.any():
                np.add.at(self.tied, (k[ties], label[ties]), weight[ties])
                k, score, label, weight = (part[~ties] for part in (k, score, label, weight))
            self._above.append((k, score, label, weight))
            self._n_above += len(k)
            if self._n_above > self._room:
                self._raise_last()

    def counts(self) -> Array:
        """Weights of the counted rows, of shape (n_classes, n_classes); row k is for class k."""
        K = len(self.last)
        if not self._above:
            return np.zeros((K, K))
        self._raise_last()
        k, _, label, weight = self._above[0]
        counts = np.bincount(k * K + label, weight, minlength=K * K).reshape(K, K)
        # Rows that tie at the end share what is left: their order must not matter.
        left, tied = self.wanted - counts.sum(axis=1), self.tied.sum(axis=1)
        share = np.divide(left, tied, out=np.zeros(K), where=tied > 0).clip(0, 1)
        return counts + share[:, None] * self.tied

    def _raise_last(self) -> None:
        """Drop the rows that can no longer count."""
        K = len(self.last)
        parts = [np.concatenate(part) for part in zip(*self._above, strict=True)]
        order = np.lexsort((-parts[1], parts[0]))
        k, score, label, weight = (part[order] for part in parts)
        mass = np.concatenate([[0.0], np.cumsum(weight)])
        begin, end = np.searchsorted(k, np.arange(K)), np.searchsorted(k, np.arange(K), "right")
        final = np.searchsorted(mass[1:], mass[begin] + self.wanted)
        enough = np.flatnonzero(final < end)
        self.last[enough] = score[final[enough]]
        self.tied[enough] = 0
        ties = score == self.last[k]
        np.add.at(self.tied, (k[ties], label[ties]), weight[ties])
        above = score > self.last[k]
        self._above = [(k[above], score[above], label[above], weight[above])]
        self._n_above = int(above.sum())
        self._room = 2 * self._n_above + BLOCK_ELEMENTS // 4
