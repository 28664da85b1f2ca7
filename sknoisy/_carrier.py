"""The tag with which X carries T from `TransitionMatrixEstimator` to a later Pipeline step.

T belongs to the labels, not to the features, so any rows may carry it. The tag must outlive
pickling, or a Pipeline with ``memory=`` would lose it on every cache hit and silently train
without correction.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

KEY = "sknoisy_transition_matrix"


class Tag(NamedTuple):
    """A transition matrix, the labels of its rows and columns, and why it may be wrong."""

    transition_matrix: NDArray[np.float64]
    classes: NDArray[Any]
    doubts: tuple[str, ...] = ()


class TaggedArray(np.ndarray):
    """An ndarray with a tag, which views, copies and pickles of it keep."""

    _tag: Tag | None = None

    def __array_finalize__(self, parent: Any) -> None:
        self._tag = getattr(parent, "_tag", None)

    def __reduce__(self) -> tuple[Any, ...]:
        return attach, (np.asarray(self), self._tag)


def attach(X: Any, tag: Tag | None) -> Any:
    """Return X with the tag; X itself is not changed.

    Parameters
    ----------
    X : ndarray, sparse matrix, pandas or polars DataFrame
        Any rows.
    tag : Tag or None
        None returns X as it is.
    """
    if tag is None:
        return X
    if sparse.issparse(X):
        tagged = X.copy()
        setattr(tagged, KEY, tag)
        return tagged
    if _is_polars(X):
        tagged = _polars_class()(X)
        setattr(tagged, KEY, tag)
        return tagged
    if hasattr(X, "attrs") and hasattr(X, "iloc"):
        tagged = X.copy(deep=False)
        # pandas compares attrs in concat and copies them deeply, so they hold plain lists.
        matrix, classes, doubts = tag
        tagged.attrs[KEY] = (matrix.tolist(), classes.tolist(), list(doubts))
        return tagged
    if isinstance(X, np.ndarray):
        array = X.view(TaggedArray)
        array._tag = tag
        return array
    return X


def as_frame(X: NDArray[Any], names: NDArray[Any], container: str) -> Any:
    """The columns of an array, with their names, in a frame of pandas or polars."""
    if container == "pandas":
        import pandas as pd

        return pd.DataFrame(X, columns=names)
    import polars as pl

    return pl.DataFrame(X, schema=names.tolist())


def read(X: Any) -> Tag | None:
    """The tag that X carries, or None."""
    if isinstance(X, TaggedArray):
        return X._tag
    if hasattr(X, "attrs") and KEY in X.attrs:
        transition_matrix, classes, doubts = X.attrs[KEY]
        return Tag(np.asarray(transition_matrix), np.asarray(classes), tuple(doubts))
    return getattr(X, KEY, None)


def is_lost(classifier: Any) -> bool:
    """Whether a Pipeline that is being fitted estimated T in a step before the classifier.

    scikit-learn tells a step nothing of the Pipeline that it stands in, but that is among the
    callers.
    """
    frame = inspect.currentframe()
    while frame is not None:
        steps = getattr(frame.f_locals.get("self"), "steps", None)
        if isinstance(steps, list) and frame.f_code.co_name.startswith("fit"):
            before = [step for _, step in steps[:-1] if step is not classifier]
            if any(hasattr(step, "transition_matrix_") for step in before):
                return True
        frame = frame.f_back
    return False


def _is_polars(X: Any) -> bool:
    return type(X).__module__.startswith("polars") and hasattr(X, "to_pandas")


@lru_cache(maxsize=1)
def _polars_class() -> Any:
    import polars

    class TaggedFrame(polars.DataFrame):
        def __reduce__(self) -> tuple[Any, ...]:
            return attach, (polars.DataFrame(self), getattr(self, KEY, None))

    return TaggedFrame
