"""Where a Display gets its T from."""

from __future__ import annotations

from typing import Any


def resolve_transition_matrix(estimator: Any, transition_matrix: Any) -> Any:
    """The T given, or that of the estimator (of the last step of a Pipeline).

    Raises
    ------
    ValueError
        If there is neither.

    Examples
    --------
    >>> resolve_transition_matrix(None, [[1.0]])
    [[1.0]]
    """
    if transition_matrix is not None:
        return transition_matrix
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    last = getattr(last, "best_estimator_", last)
    last = last[-1] if hasattr(last, "steps") else last
    if not hasattr(last, "transition_matrix_"):
        raise ValueError(
            f"transition_matrix is needed: {type(last).__name__} has no transition_matrix_ of its "
            f"own. Pass T, or a fitted corrected classifier."
        )
    return last.transition_matrix_
