"""How T varies when rows come and go: the bootstrap with the posteriors as they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from ._methods import Method, estimate_transition_matrix, from_counts_of
from ._refinement import NoisyRows
from ._rows import row_weights
from ._selection import combined
from ._sharpness import temperature_scaled
from ._shrinkage import plausible_strengths, shrink_counts


def bootstrap_weights(
    n_samples: int, sample_weight: NDArray[np.float64] | None, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How often each row is drawn, times its weight: a row never stands on both sides of a fold.

    Examples
    --------
    >>> import numpy as np
    >>> float(bootstrap_weights(100, None, np.random.default_rng(0)).sum())
    100.0
    """
    drawn = rng.multinomial(n_samples, np.full(n_samples, 1 / n_samples)).astype(np.float64)
    return drawn * row_weights(sample_weight, n_samples)


def resampled_transition_matrices(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    transition_matrix: NDArray[np.float64],
    *,
    method: Method,
    quantile: float | str = "prior",
    structure: Mapping[str, Any] | None = None,
    share_weights: NDArray[np.float64] | None = None,
    sample_weight: NDArray[np.float64] | None = None,
    n_bootstrap: int = 50,
    random_state: Any = 0,
) -> NDArray[np.float64]:
    """T of each bootstrap sample of the rows, their posteriors as they are.

    Parameters
    ----------
    noisy_proba, y, method, quantile, structure, sample_weight
        As for :func:`estimate_transition_matrix`.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        The estimate from all rows, from which method "auto" refines.
    share_weights : ndarray, default=None
        What method "auto" chose for all rows.
    n_bootstrap : int, default=50
        Number of samples.
    random_state : int, default=0
        Seeds the samples.

    Returns
    -------
    ndarray of shape (n_bootstrap, n_classes, n_classes)

    Notes
    -----
    Method "auto": each sample varies in its rows, in the share of a class that is counted, drawn
    by its weight, and in the strengths with which entries are drawn together, which come from
    their likelihood under all rows, :func:`plausible_strengths`. Fitted to each sample, whose
    labels vary more than those of the data, they would be too low, and an interval too wide;
    fixed, they would be taken as known, and the interval too narrow.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.repeat([[0.9, 0.1], [0.1, 0.9]], 100, axis=0)
    >>> y = np.repeat([0, 1, 0, 1], [90, 10, 10, 90])
    >>> resampled_transition_matrices(proba, y, np.eye(2), method="count").shape
    (50, 2, 2)
    """
    rng = np.random.default_rng(random_state)
    drawn = (bootstrap_weights(len(y), sample_weight, rng) for _ in range(n_bootstrap))
    if share_weights is None:
        return np.stack(
            [_anew(noisy_proba, y, weights, method, quantile, structure) for weights in drawn]
        )
    calibrated = temperature_scaled(noisy_proba, y, sample_weight=sample_weight)
    rows = NoisyRows(calibrated, y, row_weights(sample_weight, len(y)))
    from_counts = from_counts_of(structure, shrink_counts)
    counts = combined(rows, transition_matrix, share_weights, from_counts)[1]
    samples = []
    for weights in drawn:
        if structure is None:
            from_counts = partial(shrink_counts, strengths=plausible_strengths(counts, rng))
        one_share = rng.multinomial(1, share_weights).astype(np.float64)
        resampled = rows._replace(weights=weights)
        samples.append(combined(resampled, transition_matrix, one_share, from_counts)[0])
    return np.stack(samples)


def _anew(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    weights: NDArray[np.float64],
    method: Method,
    quantile: float | str,
    structure: Mapping[str, Any] | None,
) -> NDArray[np.float64]:
    rows = np.flatnonzero(weights)
    # A callable takes no weights: it gets the rows as often as they were drawn.
    often = np.round(weights[rows]).astype(int)
    some, kept = (np.repeat(rows, often), None) if callable(method) else (rows, weights[rows])
    return estimate_transition_matrix(
        noisy_proba[some],
        y[some],
        method=method,
        quantile=quantile,
        sample_weight=kept,
        structure=structure,
    )


def normal_interval(
    transition_matrix: NDArray[np.float64],
    samples: NDArray[np.float64],
    confidence_level: float,
) -> NDArray[np.float64]:
    """The estimate plus and minus a multiple of the spread of `samples`, cut at 0 and 1.

    Quantiles of the samples would be off: they lie about the mean of the samples, which were
    drawn towards each other once more.

    Examples
    --------
    >>> import numpy as np
    >>> samples = np.array([[[0.8, 0.2], [0.1, 0.9]], [[0.9, 0.1], [0.1, 0.9]]])
    >>> normal_interval(samples.mean(axis=0), samples, 0.95)[:, 0, 0].round(2)
    array([0.71, 0.99])
    """
    half = norm.ppf((1 + confidence_level) / 2) * samples.std(axis=0, ddof=1)
    return np.clip([transition_matrix - half, transition_matrix + half], 0, 1)


def dirichlet_interval(
    concentration: NDArray[np.float64], confidence_level: float
) -> NDArray[np.float64]:
    """Quantiles of every entry of rows that are Dirichlet: each is Beta, and zero may be likely.

    Examples
    --------
    >>> import numpy as np
    >>> dirichlet_interval(np.array([[80.0, 20.0]]), 0.95)[:, 0, 0].round(2)
    array([0.72, 0.87])
    """
    rest = concentration.sum(axis=1, keepdims=True) - concentration
    tails = np.array([(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    with np.errstate(invalid="ignore"):
        limits = beta.ppf(tails[:, None, None], concentration, rest)
    limits[0, concentration < 1] = 0  # The density is highest there: zero must not be left out.
    return np.where(concentration == 0, 0.0, np.where(rest == 0, 1.0, limits))
