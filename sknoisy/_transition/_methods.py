"""The estimates by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._anchor import anchor_transition_matrix
from ._checks import check_transition_matrix
from ._confident_joint import confident_joint
from ._count import default_n_top, ranked_counts
from ._refinement import FromCounts
from ._rows import PRIOR_ROWS, normalize_rows, row_weights
from ._selection import among_seen, best_estimate
from ._shrinkage import shrink_counts
from ._structure import structured_estimate

Method = str | Callable[[NDArray[np.float64], NDArray[np.integer]], ArrayLike]
METHODS: Sequence[str] = ("auto", "count", "anchor", "confident_joint")


class Estimate(NamedTuple):
    """T, how many examples each row rests on (NaN: not counted), and how "auto" chose."""

    transition_matrix: NDArray[np.float64]
    n_examples: NDArray[np.float64]
    share_weights: NDArray[np.float64] | None = None
    losses: Mapping[str, float] | None = None


def estimate_transition_matrix(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    *,
    method: Method,
    quantile: float | str = "prior",
    sample_weight: NDArray[np.float64] | None = None,
    structure: Mapping[str, Any] | None = None,
) -> NDArray[np.float64]:
    """Dispatch to the estimate called `method`, and check what a callable returns.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.8, 0.2], [0.1, 0.9]])
    >>> estimate_transition_matrix(proba, np.array([0, 1]), method="anchor", quantile="argmax")
    array([[0.8, 0.2],
           [0.1, 0.9]])
    """
    return estimate(
        noisy_proba,
        y,
        method=method,
        quantile=quantile,
        sample_weight=sample_weight,
        structure=structure,
    ).transition_matrix


def estimate(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    *,
    method: Method,
    quantile: float | str = "prior",
    sample_weight: NDArray[np.float64] | None = None,
    structure: Mapping[str, Any] | None = None,
) -> Estimate:
    """As `estimate_transition_matrix`, with what T rests on.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.array([[0.8, 0.2], [0.1, 0.9]])
    >>> estimate(proba, np.array([0, 1]), method="count").n_examples
    array([2., 2.])
    """
    check_method(method)
    n_samples, K = noisy_proba.shape
    weights = row_weights(sample_weight, n_samples)
    if method == "auto":
        return _auto(noisy_proba, y, weights, from_counts_of(structure, shrink_counts))
    if method == "count":
        counts = ranked_counts(noisy_proba, y, default_n_top(n_samples, K), weights)
    elif method == "confident_joint":
        counts = confident_joint(noisy_proba, y, weights)
    else:
        return _without_counts(noisy_proba, y, weights, method, quantile, structure)
    return estimate_from_counts(counts, structure)


def estimate_from_counts(
    counts: NDArray[np.float64], structure: Mapping[str, Any] | None = None
) -> Estimate:
    """T from the noisy labels counted for each class.

    Examples
    --------
    >>> import numpy as np
    >>> estimate_from_counts(np.array([[75.0, 20.0], [0.0, 95.0]])).transition_matrix
    array([[0.8, 0.2],
           [0. , 1. ]])
    """
    identity = PRIOR_ROWS * np.eye(len(counts))
    T = from_counts_of(structure, lambda c: normalize_rows(c + identity))(counts)
    return Estimate(T, counts.sum(axis=1))


def from_counts_of(structure: Mapping[str, Any] | None, otherwise: FromCounts) -> FromCounts:
    """What makes T of counts: the likeliest T of a structure, or `otherwise` without one."""
    if structure is None:
        return otherwise
    known = dict(structure)
    return lambda counts: structured_estimate(counts, **known)


def _without_counts(
    proba: NDArray[np.float64],
    y: NDArray[np.integer],
    weights: NDArray[np.float64],
    method: Method,
    quantile: float | str,
    structure: Mapping[str, Any] | None,
) -> Estimate:
    n_samples, K = proba.shape
    if method == "anchor":
        T = anchor_transition_matrix(proba, quantile=quantile, sample_weight=weights)
    else:
        own = cast(Callable[..., ArrayLike], method)(proba, y)
        T = check_transition_matrix(own, n_classes=K, name="the matrix returned by method")
    if structure is not None:  # As if each class had as many examples.
        T = structured_estimate(T * n_samples / K, **structure)
    return Estimate(T, np.full(K, np.nan))


def _auto(
    proba: NDArray[np.float64],
    y: NDArray[np.integer],
    weights: NDArray[np.float64],
    from_counts: FromCounts,
) -> Estimate:
    """Among the classes that have a label; the others keep their row of the identity."""
    K = proba.shape[1]
    seen = np.bincount(y, weights, minlength=K) > 0
    T, n_examples = np.eye(K), np.zeros(K)
    if seen.sum() < 2:
        return Estimate(T, n_examples)
    block = np.ix_(seen, seen)

    def among(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.zeros((K, K))
        whole[block] = counts
        return normalize_rows(from_counts(whole)[block])

    found = best_estimate(
        among_seen(proba, seen),
        np.searchsorted(np.flatnonzero(seen), y),
        sample_weight=weights,
        from_counts=from_counts if seen.all() else among,
    )
    T[block], n_examples[seen] = found.transition_matrix, found.counts.sum(axis=1)
    return Estimate(T, n_examples, found.share_weights, found.losses)


def check_method(method: object) -> None:
    """Raise a ValueError unless `method` is a known name or a callable.

    Examples
    --------
    >>> check_method("count")
    """
    if not callable(method) and method not in METHODS:
        raise ValueError(
            f"method must be one of {', '.join(map(repr, METHODS))}, or a callable "
            f"(noisy_proba, y) -> T; got {method!r}."
        )
