"""When an estimate of T should not be believed, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ._rows import MIN_ROWS_PER_CLASS

LARGE_CONDITION = 100.0


def doubts(
    transition_matrix: NDArray[np.float64],
    n_examples: NDArray[np.float64],
    classes: NDArray[np.generic],
    *,
    named: NDArray[np.bool_] | None = None,
) -> Iterator[str]:
    """Sentences that say why T may be wrong, and what to do about it.

    Parameters
    ----------
    transition_matrix : ndarray of shape (n_classes, n_classes)
        The estimate.
    n_examples : ndarray of shape (n_classes,)
        How many examples each of its rows rests on; NaN where that is not a count, 0 for a
        class that has no label.
    classes : ndarray of shape (n_classes,)
        Labels, for the sentences.
    named : ndarray of bool of shape (n_classes,), default=None
        Classes that have trusted labels, so that no other row can be theirs.

    Yields
    ------
    str

    Examples
    --------
    >>> import numpy as np
    >>> T = np.array([[0.6, 0.4], [0.7, 0.3]])
    >>> for doubt in doubts(T, np.array([500, 500]), np.array(["cat", "dog"])):
    ...     print(doubt[:65])
    T is not diagonally dominant: an example of 'cat' is labelled 'do
    """
    names = classes.tolist()
    open_ones = np.ones(len(names), dtype=bool) if named is None else ~named
    rivals = transition_matrix - transition_matrix.diagonal()
    rivals[~open_ones] = -1
    k, i = np.unravel_index(rivals.argmax(), rivals.shape)
    if rivals[k, i] > 0:
        yield (
            f"T is not diagonally dominant: an example of {names[k]!r} is labelled {names[i]!r} "
            f"more often ({transition_matrix[k, i]:.2f}) than an example of {names[i]!r} is "
            f"({transition_matrix[i, i]:.2f}). Noisy labels alone tell the rows of T then, but "
            f"not which class each is of; the rows are named such that most labels are right. One "
            f"trusted label per class (y_trusted) settles it."
        )
    # A class that was only named, and has no label at all, is no news to the user.
    few = np.flatnonzero((n_examples > 0) & (n_examples.round() < MIN_ROWS_PER_CLASS))
    if len(few):
        rows = ", ".join(f"{names[k]!r} ({n_examples[k]:.0f})" for k in few[:5])
        more = f" and {len(few) - 5} more" if len(few) > 5 else ""
        yield (
            f"The rows of T for the classes {rows}{more} rest on fewer than {MIN_ROWS_PER_CLASS} "
            f"examples. Add examples or trusted labels, merge classes, or pass what is known of "
            f"T (structure, prior)."
        )
    condition = np.linalg.cond(transition_matrix)
    if condition > LARGE_CONDITION:
        yield (
            f"T is nearly singular (condition number {condition:.3g}): some classes have almost "
            f"the same noisy labels and can hardly be told apart by them. Merge such classes, or "
            f"trust the backward correction less than the forward one."
        )
