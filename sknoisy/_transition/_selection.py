"""The default estimate: several starts, refined and compared without clean labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._clusters import maximum_trace_order
from ._projection import project_posterior
from ._refinement import PROJECTION_ROUNDS, STARTS, FromCounts, NoisyRows, refined_counts
from ._rows import row_weights
from ._sharpness import temperature_scaled
from ._shrinkage import shrink_counts

# Shares of a class whose labels are counted; more rows are surer and less pure.
SHARES = (0.15, 0.3, 0.45, 0.6, 0.8)
FIRST_SHARE = 0.3
MIN_SHARE_WEIGHT = 0.05
# Two classes whose labels hardly differ may end as one row of T, and a few odd rows as the other:
# less than so much of what its labels are. That explains the labels about as well as the truth, so
# that it must be better by so many standard errors.
VANISHED, CLEAR = 0.1, 2.0
# Entries below one of these may come from rows that were counted for a class they are not of.
STRAY = (0.003, 0.005, 0.01, 0.02)
N_FOLDS = 2
FURTHER = 2
# Numbers (rows times classes) that the comparison of candidates looks at, to bound its time.
ENOUGH_NUMBERS = 200_000
ROWS_PER_CLASS_FOR_CHOICE = 100


class BestEstimate(NamedTuple):
    """T and what it rests on.

    `counts` are the labels behind T; `share_weights` say how much each share of `SHARES` spoke,
    and `losses` why: the mean of ``-log`` probability of held-out labels, by candidate.
    """

    transition_matrix: NDArray[np.float64]
    counts: NDArray[np.float64]
    share_weights: NDArray[np.float64]
    losses: dict[str, float]


def auto_transition_matrix(
    noisy_proba: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: int = 0,
) -> NDArray[np.float64]:
    """Estimate T by the route that explains held-out noisy labels best.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels.
    y : array-like of int of shape (n_samples,)
        Noisy labels as column numbers, 0 to n_classes - 1; every class has one.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.
    random_state : int, default=0
        Seeds which rows choose.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Rows sum to 1.

    Notes
    -----
    1. The posteriors are sharpened or softened by one temperature until they fit the labels.
    2. Starts: labels counted among the rows that rank highest for a class, the confident joint,
       and labels counted in clusters of posteriors. Each T is *refined*: project the posteriors
       on mixtures of the rows of T, count the labels of the rows that are surest of their class
       in the projection (a given share of the class), borrow strength between the entries, and
       again. Ranks in the projection know that noise makes labels point to other classes.
    3. On half of the rows each candidate is estimated, on the other half it is asked how likely
       the labels are under its projection. That chooses the start, and weights the shares by
       ``exp(-loss)``, the loss summed over rows. A T under which a class all but vanishes must
       be better by two standard errors, on each half and on both. No step sees a clean label.
    4. The rows are named such that the trace of T is largest.
    5. A few rows of other classes among those that are counted leave small entries. With heavy
       noise these cost much: where the labels of two classes hardly differ, 1% of stray entries in
       one row lets the other class explain the labels of both. So entries below 0.003 to 0.02
       become zero, if the labels are then likelier by two standard errors.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> proba = np.array([[0.8, 0.2], [0.1, 0.9]])[rng.integers(2, size=20_000)]
    >>> y = (rng.random(20_000) > proba[:, 0]).astype(int)
    >>> auto_transition_matrix(proba, y).round(1)
    array([[0.8, 0.2],
           [0.1, 0.9]])
    """
    return best_estimate(
        noisy_proba, y, sample_weight=sample_weight, random_state=random_state
    ).transition_matrix


def among_seen(proba: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Posteriors among the classes that have a label.

    Examples
    --------
    >>> import numpy as np
    >>> among_seen(np.array([[0.6, 0.2, 0.2]]), np.array([True, False, True]))
    array([[0.75, 0.25]])
    """
    kept = proba[:, seen]
    sums = kept.sum(axis=1, keepdims=True)
    return np.divide(kept, sums, out=np.full(kept.shape, 1 / seen.sum()), where=sums > 0)


def best_estimate(
    noisy_proba: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    from_counts: FromCounts = shrink_counts,
    random_state: int = 0,
) -> BestEstimate:
    """As `auto_transition_matrix`, with what T rests on, and perhaps within a structure.

    Parameters
    ----------
    noisy_proba, y, sample_weight, random_state
        As for :func:`auto_transition_matrix`; every class has a label.
    from_counts : callable, default=shrink_counts
        From counts of (class, noisy label) to T.

    Returns
    -------
    BestEstimate

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.repeat([[0.9, 0.1], [0.1, 0.9]], 100, axis=0)
    >>> y = np.repeat([0, 1, 0, 1], [90, 10, 10, 90])
    >>> best_estimate(proba, y).transition_matrix.round(1)
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """
    proba = np.asarray(noisy_proba, dtype=np.float64)
    labels = np.asarray(y)
    weights = row_weights(sample_weight, len(proba))
    rows = NoisyRows(temperature_scaled(proba, labels, sample_weight=weights), labels, weights)
    some = _some(rows, random_state)
    bases, losses = _compare(some, from_counts)
    # Refining from scratch could end elsewhere than where the comparison found the best T.
    again = [from_counts(refined_counts(some, T, FIRST_SHARE, from_counts, FURTHER)) for T in bases]
    first = again[_likeliest(again, [some.losses(T) for T in again], some)]
    own = len(labels) * np.array([losses[f"share {share:g}"] for share in SHARES])
    share_weights = np.exp(own.min() - own)
    share_weights[share_weights < MIN_SHARE_WEIGHT] = 0
    share_weights /= share_weights.sum()
    T, counts = combined(rows, first, share_weights, from_counts)
    if from_counts is shrink_counts:  # A structure says itself what may be zero.
        T = without_stray_entries(T, some)
    return BestEstimate(T, counts, share_weights, losses)


def combined(
    rows: NoisyRows,
    first: NDArray[np.float64],
    share_weights: NDArray[np.float64],
    from_counts: FromCounts,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """T and counts, refined for each share that has a weight; the rows named by their trace."""
    spoken = np.flatnonzero(share_weights)
    found = [refined_counts(rows, first, SHARES[s], from_counts, FURTHER) for s in spoken]
    weights = share_weights[spoken]
    counts = np.tensordot(weights, found, axes=1)
    order = maximum_trace_order(np.tensordot(weights, [from_counts(c) for c in found], axes=1))
    T = np.tensordot(weights, [from_counts(c[order]) for c in found], axes=1)
    return T, counts[order]


def without_stray_entries(
    transition_matrix: NDArray[np.float64], rows: NoisyRows
) -> NDArray[np.float64]:
    """T without its smallest entries, if the labels are clearly likelier then.

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.tile(np.eye(3), (2000, 1))
    >>> rows = NoisyRows(proba, proba.argmax(axis=1), np.ones(6000))
    >>> without_stray_entries(np.array([[0.99, 0.01, 0], [0, 1, 0], [0, 0, 1]]), rows)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    own = rows.losses(transition_matrix)
    best, least = transition_matrix, 0.0
    for limit in STRAY:
        T = np.where(transition_matrix < limit, 0, transition_matrix)
        np.fill_diagonal(T, transition_matrix.diagonal())
        T /= T.sum(axis=1, keepdims=True)
        gain = own - rows.losses(T)
        mean = float(np.average(gain, weights=rows.weights))
        if mean > max(least, CLEAR * _standard_error(gain, rows.weights)):
            best, least = T, mean
    return best


# %% Choice


def _some(rows: NoisyRows, random_state: int) -> NoisyRows:
    """As many rows as a comparison of candidates needs, in random order."""
    n_samples, K = rows.proba.shape
    enough = max(ENOUGH_NUMBERS // K, ROWS_PER_CLASS_FOR_CHOICE * K)
    return rows.take(np.random.default_rng(random_state).permutation(n_samples)[:enough])


def _compare(
    some: NoisyRows, from_counts: FromCounts
) -> tuple[list[NDArray[np.float64]], dict[str, float]]:
    """The best T of each half, and the losses of all candidates on the other half."""
    halves = [some.take(np.arange(k, len(some.y), N_FOLDS)) for k in range(N_FOLDS)]
    bases, losses = [], []
    for rows, held_out in zip(halves, halves[::-1], strict=True):
        found, own_losses = _best_start(rows, held_out, from_counts)
        for share in SHARES:
            T = from_counts(refined_counts(rows, found, share, from_counts, FURTHER))
            own_losses[f"share {share:g}"] = held_out.loss(T)
        bases.append(found)
        losses.append(own_losses)
    return bases, {name: float(np.mean([own[name] for own in losses])) for name in losses[0]}


def _best_start(
    rows: NoisyRows, held_out: NoisyRows, from_counts: FromCounts
) -> tuple[NDArray[np.float64], dict[str, float]]:
    names, found = list(STARTS), []
    for count in STARTS.values():
        first = from_counts(count(rows))
        found.append(from_counts(refined_counts(rows, first, FIRST_SHARE, from_counts)))
    own = [held_out.losses(T) for T in found]
    means = [float(np.average(losses, weights=held_out.weights)) for losses in own]
    losses = {f"start {name}": mean for name, mean in zip(names, means, strict=True)}
    return found[_likeliest(found, own, held_out)], losses


def _likeliest(
    found: list[NDArray[np.float64]], losses: list[NDArray[np.float64]], rows: NoisyRows
) -> int:
    """The candidate of the lowest mean loss; not one that merges two classes, unless clearly."""
    means = [float(np.average(own, weights=rows.weights)) for own in losses]
    best = int(np.argmin(means))
    if not _vanishing(found[best], rows):
        return best
    whole = [k for k, T in enumerate(found) if not _vanishing(T, rows)]
    other = min(whole, key=means.__getitem__, default=best)
    error = _standard_error(losses[other] - losses[best], rows.weights)
    return best if means[other] - means[best] > CLEAR * error else other


def _vanishing(transition_matrix: NDArray[np.float64], rows: NoisyRows) -> bool:
    """Whether T makes the rows of some class next to nothing of what its labels are."""
    q = project_posterior(rows.proba, transition_matrix, n_rounds=PROJECTION_ROUNDS)
    labels = np.bincount(rows.y, rows.weights, minlength=len(transition_matrix))
    return bool((rows.weights @ q < VANISHED * labels).any())


def _standard_error(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Of the weighted mean."""
    spread = values - np.average(values, weights=weights)
    return float(np.sqrt((weights**2 * spread**2).sum()) / weights.sum())
