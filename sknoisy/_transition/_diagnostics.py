"""When an estimate of T should not be believed, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._labels import show_labels
from ._arrays import MIN_ROWS_PER_CLASS, Array

LARGE_CONDITION = 100.0


def doubts(
    transition_matrix: Array,
    n_examples: Array,
    classes: NDArray[np.generic],
    *,
    named: NDArray[np.bool_] | None = None,
) -> Iterator[str]:
    """Sentences that say why T may be wrong, and what to do about it.

    `n_examples` is NaN where a row of T is not counted, 0 for a class that has no label; classes
    that are `named` have trusted labels, so that no other row can be theirs.
    """
    names = classes.tolist()
    rival = _rival(transition_matrix, names, named)
    if rival is not None:
        yield (
            f"{rival} Noisy labels alone tell the rows of T then, but not which class each is of; "
            f"the rows are named such that most labels are right. One trusted label per class "
            f"(y_trusted) settles it."
        )
    # The user knows of a class that was only named and has no label.
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


def doubts_of_given(transition_matrix: Array, classes: NDArray[Any]) -> Iterator[str]:
    """The same for a T that the user knows, which may be in a wrong order or transposed."""
    rival = _rival(transition_matrix, classes.tolist())
    if rival is not None:
        yield (
            f"{rival} If that is not meant, check that rows are clean and columns noisy labels, "
            f"both in the order {show_labels(classes)}."
        )


def _rival(
    transition_matrix: Array, names: list[Any], named: NDArray[np.bool_] | None = None
) -> str | None:
    """Which class has another one's label more often than that class itself, if one has."""
    rivals = transition_matrix - transition_matrix.diagonal()
    if named is not None:
        rivals[named] = -1
    k, i = np.unravel_index(rivals.argmax(), rivals.shape)
    if not rivals[k, i] > 0:
        return None
    return (
        f"T is not diagonally dominant: an example of {names[k]!r} is labelled {names[i]!r} more "
        f"often ({transition_matrix[k, i]:.2f}) than an example of {names[i]!r} is "
        f"({transition_matrix[i, i]:.2f})."
    )
