"""What is known of the noise: counts to the likeliest T that has a given structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from .._checks import check_number, check_numbers, check_option
from .._hints import SEE_ERRORS
from .._labels import check_labels
from ._arrays import TINY, Array
from ._low_rank import low_rank_counts
from ._matrix_checks import check_transition_matrix
from ._named_structures import NAMED_STRUCTURES, OWN_KEYS, check_named_structure, limits_of
from ._shrinkage import off_diagonal_strength, shrink_counts

TIED = ("symmetric", "shared_rate", "mirrored")
NOISES = (*TIED, *NAMED_STRUCTURES)
OPTIONS = ("noise", "zeros", "groups", "rank", "prior", "prior_strength", "noise_rate", *OWN_KEYS)
PRIOR_STRENGTH = 100.0


def structured_estimate(
    counts: ArrayLike,
    *,
    noise: str | None = None,
    zeros: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    rank: int | None = None,
    prior: ArrayLike | None = None,
    prior_strength: float = PRIOR_STRENGTH,
) -> Array:
    """Estimate T from counts, within what is known of the noise.

    The options are those of the parameter `structure` of `TransitionMatrixEstimator`, its labels
    replaced by :func:`with_labels`: one-sided noise is a matter of zeros here.

    Notes
    -----
    Entries that are tied share one value ``v_t`` with the sum ``C_t`` of their counts, and the
    likelihood ``sum_t C_t log v_t`` is maximised under ``A v = 1``, ``A_it`` the number of
    entries of row i in tie t. The dual has one unknown per row: with its minimiser ``l`` of
    ``sum l - sum_t C_t log (A.T l)_t``, ``v_t = C_t / (A.T l)_t``. Without ties T is
    :func:`shrink_counts` on the entries that may differ from zero, or the posterior mean if
    there is a prior.
    """
    counts = np.asarray(counts, dtype=np.float64)
    K = len(counts)
    possible = _possible(zeros, groups, K)
    if noise is not None:
        check_option(noise, "noise", NOISES)
    believed = np.zeros((K, K))
    if prior is not None:
        believed = prior_strength * check_transition_matrix(prior, n_classes=K, name="prior")
    counts = np.where(possible, counts, 0.0)
    if rank is not None:
        counts = np.where(possible, low_rank_counts(counts, _checked_rank(rank, K)), 0.0)
    if noise in TIED:
        _check_ties(noise, possible)
        return _tied(counts + believed, _ties(noise, K), possible, smooth=prior is None)
    if prior is None:
        return shrink_counts(counts, possible=possible)
    total = np.where(possible, counts + believed, 0.0) + 1e-9 * np.eye(K)
    return total / total.sum(axis=1, keepdims=True)


def structure_options(structure: Any, n_classes: int | None = None) -> dict[str, Any]:
    """The keyword arguments of `structured_estimate` that a user's `structure` stands for.

    Checked as far as that can be without the number of classes, or with it.
    """
    if isinstance(structure, str):
        return {"noise": check_option(structure, "noise", NOISES)}
    if not isinstance(structure, Mapping) or not set(structure) <= set(OPTIONS):
        raise ValueError(
            f"structure must be one of {', '.join(map(repr, NOISES))}, or a dict with some of the "
            f"keys {', '.join(map(repr, OPTIONS))}; got {structure!r}."
            f" {SEE_ERRORS}"
        )
    options = dict(structure)
    if options.get("noise") is not None:
        check_option(options["noise"], "noise", NOISES)
    if "prior_strength" in options:
        check_number(options["prior_strength"], "prior_strength", "[0, inf)")
    if "noise_rate" in options:
        options["noise_rate"] = limits_of(options["noise_rate"], "noise_rate", "[0, 1)")
    check_named_structure(options)
    if n_classes is not None:
        possible = _possible(options.get("zeros"), options.get("groups"), n_classes)
        _check_ties(options.get("noise"), possible)
        if options.get("rank") is not None:
            _checked_rank(options["rank"], n_classes)
        if options.get("prior") is not None:
            check_transition_matrix(options["prior"], n_classes=n_classes, name="prior")
    return options


def labels_allowed(structure: Any, n_classes: int) -> NDArray[np.bool_]:
    """Which noisy label an example of each class may have, by what `with_labels` returned."""
    options = {} if structure is None else structure_options(structure, n_classes)
    return _possible(options.get("zeros"), options.get("groups"), n_classes)


def _checked_rank(rank: Any, K: int) -> int:
    if isinstance(rank, bool) or not isinstance(rank, int | np.integer) or not 1 <= rank <= K:
        raise ValueError(
            f"rank must be an integer from 1 to {K}, the classes; got {rank!r}. {SEE_ERRORS}"
        )
    return int(rank)


def _possible(zeros: ArrayLike | None, groups: ArrayLike | None, K: int) -> NDArray[np.bool_]:
    possible = np.ones((K, K), dtype=bool)
    if zeros is not None:
        numbers = check_numbers(zeros, "zeros", f"({K}, {K})")
        if not np.isin(numbers, (0, 1)).all():
            raise ValueError(
                f"zeros must hold True and False only; got other numbers. {SEE_ERRORS}"
            )
        impossible = numbers.astype(bool)
        if impossible.shape != (K, K):
            raise ValueError(
                f"zeros must have shape ({K}, {K}); got {impossible.shape}. {SEE_ERRORS}"
            )
        if impossible.diagonal().any():
            raise ValueError(
                f"zeros must leave the diagonal possible: labels can be right. {SEE_ERRORS}"
            )
        possible &= ~impossible
    if groups is not None:
        group_of = check_labels(groups, "groups")
        if group_of.shape != (K,):
            raise ValueError(
                f"groups must name a group for each of {K} classes; got {groups!r}. {SEE_ERRORS}"
            )
        possible &= group_of[:, None] == group_of
    return possible


def _check_ties(noise: str | None, possible: NDArray[np.bool_]) -> None:
    """Refuse where one rate for all classes can be none but 0."""
    wrong = possible.sum(axis=1) - 1
    alike = len(set(wrong.tolist())) == 1 if noise == "symmetric" else bool(wrong.all())
    if noise in ("symmetric", "shared_rate") and wrong.any() and not alike:
        raise ValueError(
            f"structure: {noise!r} gives all classes one rate of wrong labels, but zeros and "
            f"groups leave {wrong.tolist()} wrong labels possible by class, so that only T = I "
            f"has this form. Leave out {noise!r}, or zeros and groups. {SEE_ERRORS}"
        )


def _ties(noise: str, K: int) -> NDArray[np.intp]:
    """A number for each entry; entries of the same number have the same value."""
    free = np.arange(K * K).reshape(K, K)
    right = np.eye(K, dtype=bool)
    if noise == "symmetric":
        return right.astype(np.intp)
    if noise == "shared_rate":
        return np.where(right, 0, free)
    return np.minimum(free, free.T)


def _tied(
    counts: Array, ties: NDArray[np.intp], possible: NDArray[np.bool_], smooth: bool
) -> Array:
    """The likeliest T whose entries of one tie have one value."""
    K = len(counts)
    counts = counts + np.eye(K)  # One more row of each class labelled rightly: none is empty.
    if smooth:
        counts = _with_shrunk_shares(counts, possible & ~np.eye(K, dtype=bool))
    used = possible & (counts + counts.T > 0)
    _, tie = np.unique(ties[used], return_inverse=True)
    rows = np.nonzero(used)[0]
    members = np.zeros((K, tie.max() + 1))
    np.add.at(members, (rows, tie), 1)
    total = np.bincount(tie, weights=counts[used]).astype(np.float64)
    kept = total > 0
    values = np.zeros(len(total))
    values[kept] = _likeliest_values(total[kept], members[:, kept], counts.sum(axis=1))
    T = np.zeros((K, K))
    T[used] = values[tie]
    return T / T.sum(axis=1, keepdims=True)


def _with_shrunk_shares(counts: Array, wrong: NDArray[np.bool_]) -> Array:
    """As many wrong labels in each row, but shared out as `shrink_counts` would."""
    sums = np.where(wrong, counts, 0.0).sum(axis=1, keepdims=True)
    shares = np.where(wrong, counts + off_diagonal_strength(counts, wrong), 0.0)
    shares *= sums / np.maximum(shares.sum(axis=1, keepdims=True), TINY)
    return np.where(wrong, shares, counts)


def _likeliest_values(total: Array, members: Array, start: Array) -> Array:
    def loss(multipliers: Array) -> float:
        price = multipliers @ members
        return float(multipliers.sum() - total @ np.log(price)) if (price > 0).all() else np.inf

    def slope(multipliers: Array) -> Array:
        return 1 - members @ (total / (multipliers @ members))

    def curvature(multipliers: Array) -> Array:
        return (members * (total / (multipliers @ members) ** 2)) @ members.T

    dual = minimize(
        loss, start, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-9}
    )
    return total / (dual.x @ members)
