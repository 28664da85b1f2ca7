"""Fitted attributes: all set at once, and found inside Pipelines, searches and other wrappers."""

from __future__ import annotations

from collections.abc import Mapping
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


def publish(estimator: Any, attributes: Mapping[str, Any]) -> None:
    """Set all fitted attributes at once, in the place of those of an earlier fit.

    The last step of a `fit`: one that fails or is interrupted leaves the estimator as it was.
    """
    state = {
        name: value
        for name, value in vars(estimator).items()
        if name.startswith("_") or not name.endswith("_")
    }
    estimator.__dict__ = {**state, **attributes}
