"""The estimator that holds a fitted attribute, inside Pipelines, searches and other wrappers."""

from __future__ import annotations

from typing import Any

# Where a meta-estimator keeps the estimator that answers for it.
INNER = ("best_estimator_", "estimator_", "estimator")


def find_holder(estimator: Any, attribute: str = "transition_matrix_") -> Any:
    """The outermost estimator that has an attribute, or None.

    Parameters
    ----------
    estimator : estimator
        A fitted one, perhaps a Pipeline (its last step is asked), a search or another wrapper.
    attribute : str, default="transition_matrix_"
        What is looked for.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> find_holder(make_pipeline(StandardScaler()), "with_mean")
    StandardScaler()
    >>> find_holder(StandardScaler()) is None
    True
    """
    while estimator is not None and not hasattr(estimator, attribute):
        steps = getattr(estimator, "steps", None)
        inner = [getattr(estimator, name) for name in INNER if hasattr(estimator, name)]
        estimator = steps[-1][1] if steps else inner[0] if inner else None
    return estimator
