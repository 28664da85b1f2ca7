"""The methods for T: one entry each.

A further method takes a file of its own with a function ``(NoisyRows, Options) -> Estimate``, an
entry here, and a line in the docstring of `TransitionMatrixEstimator`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._checks import naming
from .._hints import SEE_ERRORS
from ._anchor import anchor_estimate, check_quantile
from ._arrays import Array, Codes
from ._auto import auto_estimate, resampled_auto
from ._confident_joint import confident_joint_estimate
from ._count import count_estimate
from ._estimate import Bootstrap, Estimate, NoisyRows, Options
from ._likelihood import check_number_of_classes, likelihood_estimate, resampled_likelihood
from ._matrix_checks import check_transition_matrix
from ._structure import structure_options

MethodName: TypeAlias = str | Callable[[Array, Codes], ArrayLike]
EstimateOf: TypeAlias = Callable[[NoisyRows, Options], Estimate]
Resample: TypeAlias = Callable[[Bootstrap], list[Array]]


class Method(NamedTuple):
    """What there is to know of a method."""

    estimate: EstimateOf  # From rows and options to T.
    resample: Resample  # From a `Bootstrap` to the T of each sample.
    keeps_rows: bool = False  # It wants rows and classes as they come, not `canonical_rows`.
    needs_ranks_only: bool = False  # Any increasing function of a class's posteriors serves.
    takes_unlabelled: bool = False  # Rows without labels serve.
    takes_structure: bool = True  # T can be sought within what is known of the noise.
    check_classes: Callable[[int], None] | None = None  # Raises if there are too many.
    # From labels that `TopRows` counts in a stream of posteriors, where that is enough.
    from_top_counts: Callable[[Options, Array], Estimate] | None = None
    check_options: Callable[[Options], None] | None = None  # Raises if they cannot be used.


def _simple(estimate_of: EstimateOf, **needs: Any) -> Method:
    """A method that is applied again to the rows that were drawn, with their weights."""
    return Method(estimate_of, partial(_estimated_again, estimate_of), **needs)


def _estimated_again(estimate_of: EstimateOf, bootstrap: Bootstrap) -> list[Array]:
    samples = (bootstrap.rows.weighted(weights) for weights in bootstrap.drawn)
    return [estimate_of(sample, bootstrap.options).transition_matrix for sample in samples]


METHODS: dict[str, Method] = {
    "auto": Method(auto_estimate, resampled_auto),
    "count": _simple(
        count_estimate, needs_ranks_only=True, from_top_counts=Options.estimate_from_counts
    ),
    "anchor": _simple(anchor_estimate, takes_unlabelled=True, check_options=check_quantile),
    "confident_joint": _simple(confident_joint_estimate),
    "likelihood": Method(
        likelihood_estimate,
        resampled_likelihood,
        needs_ranks_only=True,
        takes_structure=False,
        check_classes=check_number_of_classes,
    ),
}


def find_method(method: MethodName) -> Method:
    """The entry of a name, or one for a callable ``(noisy_proba, y) -> T``."""
    if isinstance(method, str):
        return METHODS[method]

    def estimate_of(rows: NoisyRows, options: Options) -> Estimate:
        K = rows.proba.shape[1]
        name = "the matrix returned by method"
        # Copies: what it writes to must not reach the training rows.
        T = check_transition_matrix(
            method(rows.proba.copy(), rows.y.copy()), n_classes=K, name=name
        )
        return options.estimate_without_counts(T, float(rows.weights.sum()))

    def resample(bootstrap: Bootstrap) -> list[Array]:
        # It takes no weights: it gets the rows as often as they were drawn.
        times = (np.round(weights).astype(int) for weights in bootstrap.drawn)
        rows = np.arange(len(bootstrap.rows.y))
        samples = (bootstrap.rows.take(np.repeat(rows, often)) for often in times)
        return [estimate_of(sample, bootstrap.options).transition_matrix for sample in samples]

    return Method(estimate_of, resample, keeps_rows=True)


def methods_with(feature: str) -> str:
    """The methods that have a feature, for a message."""
    names = [name for name, method in METHODS.items() if getattr(method, feature)]
    return " or ".join(f'method="{name}"' for name in names)


def check_method(
    method: Any,
    *,
    quantile: float | str = "prior",
    structure: Any = None,
    n_classes: int | None = None,
) -> Options:
    """Raise unless `method` is a known name or a callable that can use the options."""
    if not callable(method) and not (isinstance(method, str) and method in METHODS):
        raise ValueError(
            f"method must be one of {', '.join(map(repr, METHODS))}, or a callable "
            f"(noisy_proba, y) -> T; got {method!r}."
            f" {SEE_ERRORS}"
        )
    with naming("structure"):
        known = None if structure is None else structure_options(structure, n_classes)
    options = Options(quantile, known)
    if known is not None and "noise_rate" in known:
        rates = known.pop("noise_rate")
        options = Options(quantile, known or None, noise_rate=rates)
    entry = find_method(method)
    if structure is not None and not entry.takes_structure:
        raise ValueError(
            f"method={method!r} takes no structure; choose {methods_with('takes_structure')}."
            f" {SEE_ERRORS}"
        )
    if entry.check_options is not None:
        entry.check_options(options)
    return options
