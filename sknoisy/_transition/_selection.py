"""T from labels counted at sure rows: several starts, refined and compared without clean labels."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ._arrays import Array, normalize_rows
from ._clusters import maximum_trace_order
from ._estimate import Bootstrap, Estimate, FromCounts, NoisyRows, Options
from ._projection import project_posterior
from ._refinement import PROJECTION_ROUNDS, STARTS, counted_at_ranks, refined_counts
from ._sharpness import temperature_scaled
from ._shrinkage import plausible_strengths, shrink_counts

# Shares of a class whose labels are counted; more rows are surer and less pure.
SHARES = (0.15, 0.3, 0.45, 0.6, 0.8)
FIRST_SHARE = 0.3
MIN_SHARE_WEIGHT = 0.05
# Two classes whose labels hardly differ may end as one row of T, and a few odd rows as the other:
# less than so much of what its labels are. That explains the labels about as well as the truth, so
# that it must be better by so many standard errors.
VANISHED, CLEAR = 0.1, 2.0
# Entries below one of these may come from rows that were counted for a class they are not of. With
# more than so many classes all entries are smaller.
STRAY, STRAY_CLASSES = (0.003, 0.005, 0.01, 0.02), 10
# With more classes, or more than some with few rows each, labels are counted once: refining takes
# the square of their number for each row, and the few rows of a class do not make it better.
MOST_CLASSES, SOME_CLASSES, FEW_ROWS_PER_CLASS = 100, 50, 200
N_FOLDS = 2
FURTHER = 2
# Equal rows with more than this share of the labels of their class are in both halves.
HEAVY = 0.05
# Numbers (rows times classes) that the comparison of candidates looks at, to bound its time, and
# that of what is made of the best ones.
ENOUGH_NUMBERS, ENOUGH_NUMBERS_FOR_ENDS = 200_000, 1_000_000
ROWS_PER_CLASS_FOR_CHOICE = 100


def counted_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """Estimate T by the route that explains held-out noisy labels best.

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
       ``exp(-loss)``, the loss summed over rows. What the starts of both halves end in is compared
       on all rows, or a million posteriors. A T under which a class all but vanishes must be
       better by two standard errors, in either comparison. No step sees a clean label.
    4. The rows are named such that the trace of T is largest.
    5. A few rows of other classes among those that are counted leave small entries. With heavy
       noise these cost much: where the labels of two classes hardly differ, 1% of stray entries in
       one row lets the other class explain the labels of both. So entries below 0.003 to 0.02
       (less with more than ten classes) become zero, if the labels are then likelier by two
       standard errors.

    Beyond 100 classes, or 50 of fewer than 200 rows each, these steps would take far longer than
    the classifier, and the few rows of a class would not make them better: T is made of the
    labels counted among the rows that rank highest, with strength borrowed between the entries.
    Classes without a label keep their row of the identity.
    """
    K = rows.proba.shape[1]
    seen = _seen(rows)
    if seen.sum() < 2:
        return Estimate(np.eye(K), np.zeros(K))
    return best_estimate(rows.among(seen), _from_seen(options, seen)).among_all(seen)


def _seen(rows: NoisyRows) -> NDArray[np.bool_]:
    """Which classes have a label."""
    return np.bincount(rows.y, rows.weights, minlength=rows.proba.shape[1]) > 0


def _from_seen(
    options: Options, seen: NDArray[np.bool_], shrink: FromCounts = shrink_counts
) -> FromCounts:
    """What makes T of the counts of the classes that are seen."""
    from_counts = options.from_counts(shrink)
    if seen.all():
        return from_counts
    there = np.ix_(seen, seen)
    return lambda counts: normalize_rows(from_counts(_with_unseen(counts, seen))[there])


def _with_unseen(counts: Array, seen: NDArray[np.bool_]) -> Array:
    """Counts of the classes that are seen among those of all."""
    whole = np.zeros((len(seen), len(seen)))
    whole[np.ix_(seen, seen)] = counts
    return whole


def best_estimate(
    rows: NoisyRows, from_counts: FromCounts = shrink_counts, random_state: int = 0
) -> Estimate:
    """As `counted_estimate`, where every class has a label; `random_state` seeds which rows choose.

    The details are the weights of `SHARES`, or None where labels are counted once.
    """
    K = rows.proba.shape[1]
    few = float(rows.weights.sum()) < FEW_ROWS_PER_CLASS * K
    if K > (SOME_CLASSES if few else MOST_CLASSES):
        counts = counted_at_ranks(rows)
        return Estimate(from_counts(counts), counts.sum(axis=1))
    rows = rows._replace(proba=temperature_scaled(rows.proba, rows.y, sample_weight=rows.weights))
    sample = _sample_for_choice(rows, random_state)
    bases, losses = _compare(sample, from_counts)
    # Refining from scratch could end elsewhere than where the comparison found the best T.
    again = [
        from_counts(refined_counts(sample, T, FIRST_SHARE, from_counts, FURTHER)) for T in bases
    ]
    total = rows.weights.sum() * np.array([losses[f"share {share:g}"] for share in SHARES])
    share_weights = np.exp(total.min() - total)
    share_weights[share_weights < MIN_SHARE_WEIGHT] = 0
    share_weights /= share_weights.sum()
    # Of few of the rows a start may be likelier whose end is not.
    ends = [combined(rows, first, share_weights, from_counts) for first in again]
    judges = _some_rows(rows, ENOUGH_NUMBERS_FOR_ENDS // K, random_state)
    candidates = [T for T, _ in ends]
    best = _likeliest(candidates, [judges.losses(T) for T in candidates], judges)
    T, counts = ends[best]
    if from_counts is shrink_counts:  # A structure says itself what may be zero.
        T = without_stray_entries(T, sample)
    return Estimate(T, counts.sum(axis=1), losses, share_weights)


def combined(
    rows: NoisyRows, first: Array, share_weights: Array, from_counts: FromCounts
) -> tuple[Array, Array]:
    """T and counts, refined for each share that has a weight; the rows named by their trace."""
    used = np.flatnonzero(share_weights)
    counts = [refined_counts(rows, first, SHARES[s], from_counts, FURTHER) for s in used]
    weights = share_weights[used]
    order = maximum_trace_order(np.tensordot(weights, [from_counts(c) for c in counts], axes=1))
    T = np.tensordot(weights, [from_counts(c[order]) for c in counts], axes=1)
    return T, np.tensordot(weights, counts, axes=1)[order]


def without_stray_entries(transition_matrix: Array, rows: NoisyRows) -> Array:
    """T without its smallest entries, if the labels are clearly likelier then."""
    before = rows.losses(transition_matrix)
    best, least = transition_matrix, 0.0
    scale = min(1.0, STRAY_CLASSES / len(transition_matrix))
    for limit in np.multiply(STRAY, scale):
        T = np.where(transition_matrix < limit, 0, transition_matrix)
        np.fill_diagonal(T, transition_matrix.diagonal())
        T /= T.sum(axis=1, keepdims=True)
        gain = before - rows.losses(T)
        mean = float(np.average(gain, weights=rows.weights))
        if mean > max(least, CLEAR * _standard_error(gain, rows.weights)):
            best, least = T, mean
    return best


def resampled_counted(bootstrap: Bootstrap) -> list[Array]:
    """T of bootstrap samples, refined from the T of all rows.

    Notes
    -----
    Each sample varies in its rows, in the share of a class that is counted, drawn by its weight,
    and in the strengths with which entries are drawn together, which come from their likelihood
    under all rows, :func:`plausible_strengths`. Fitted to each sample, whose labels vary more
    than those of the data, they would be too low, and an interval too wide; fixed, they would be
    taken as known, and the interval too narrow.
    """
    rows, (T, _, _, share_weights, *_), options, drawn, rng = bootstrap
    if share_weights is None:
        return _counted_again(bootstrap)
    seen = _seen(rows)
    rows, T = rows.among(seen), T[np.ix_(seen, seen)]
    rows = rows._replace(proba=temperature_scaled(rows.proba, rows.y, sample_weight=rows.weights))
    from_counts = _from_seen(options, seen)
    counts = combined(rows, T, share_weights, from_counts)[1]
    samples = []
    for weights in drawn:
        if options.structure is None:
            strengths = plausible_strengths(_with_unseen(counts, seen), rng)
            from_counts = _from_seen(options, seen, partial(shrink_counts, strengths=strengths))
        one_share = rng.multinomial(1, share_weights).astype(np.float64)
        kept = np.flatnonzero(weights)
        sample = rows.take(kept)._replace(weights=weights[kept])
        T_drawn, n_examples = combined(sample, T, one_share, from_counts)
        of_all = Estimate(T_drawn, n_examples.sum(axis=1)).among_all(seen)
        samples.append(of_all.transition_matrix)
    return samples


def _counted_again(bootstrap: Bootstrap) -> list[Array]:
    """As `resampled_counted`, where labels are counted once, or a single class has a label."""
    rows, (T, *_), options, drawn, rng = bootstrap
    seen = _seen(rows)
    if seen.sum() < 2:
        return [T for _ in drawn]
    rows, from_counts = rows.among(seen), _from_seen(options, seen)
    counts = counted_at_ranks(rows)
    samples = []
    for weights in drawn:
        if options.structure is None:
            from_counts = partial(shrink_counts, strengths=plausible_strengths(counts, rng))
        again = counted_at_ranks(rows._replace(weights=weights))
        sample = Estimate(from_counts(again), again.sum(axis=1))
        samples.append(sample.among_all(seen).transition_matrix)
    return samples


# %% Choice


def _sample_for_choice(rows: NoisyRows, random_state: int) -> NoisyRows:
    """As many rows as a comparison of candidates needs, in random order."""
    K = rows.proba.shape[1]
    enough = max(ENOUGH_NUMBERS // K, ROWS_PER_CLASS_FOR_CHOICE * K)
    return _some_rows(rows, enough, random_state)


def _some_rows(rows: NoisyRows, most: int, random_state: int) -> NoisyRows:
    """So many rows, or all, in random order."""
    n_samples = len(rows.proba)
    return rows.take(np.random.default_rng(random_state).permutation(n_samples)[:most])


def _compare(sample: NoisyRows, from_counts: FromCounts) -> tuple[list[Array], dict[str, float]]:
    """The best T of each half, and the losses of all candidates on the other half."""
    halves = _halves(sample)
    bases, losses = [], []
    for rows, held_out in zip(halves, halves[::-1], strict=True):
        base, losses_here = _best_start(rows, held_out, from_counts)
        for share in SHARES:
            T = from_counts(refined_counts(rows, base, share, from_counts, FURTHER))
            losses_here[f"share {share:g}"] = held_out.loss(T)
        bases.append(base)
        losses.append(losses_here)
    return bases, {name: float(np.mean([half[name] for half in losses])) for name in losses[0]}


def _halves(sample: NoisyRows) -> list[NoisyRows]:
    """Every other row; what few posteriors share with many rows is cut in two."""
    labels = np.bincount(sample.y, sample.weights, minlength=sample.proba.shape[1])
    heavy = (sample.weights >= N_FOLDS) & (sample.weights > HEAVY * labels[sample.y])
    light, common = np.flatnonzero(~heavy), np.flatnonzero(heavy)
    shared = sample.weights / np.where(heavy, N_FOLDS, 1)
    cut = sample._replace(weights=shared)
    return [cut.take(np.concatenate([light[k::N_FOLDS], common])) for k in range(N_FOLDS)]


def _best_start(
    rows: NoisyRows, held_out: NoisyRows, from_counts: FromCounts
) -> tuple[Array, dict[str, float]]:
    candidates = []
    for count in STARTS.values():
        first = from_counts(count(rows))
        candidates.append(from_counts(refined_counts(rows, first, FIRST_SHARE, from_counts)))
    losses = [held_out.losses(T) for T in candidates]
    means = [float(np.average(part, weights=held_out.weights)) for part in losses]
    by_name = {f"start {name}": mean for name, mean in zip(STARTS, means, strict=True)}
    return candidates[_likeliest(candidates, losses, held_out)], by_name


def _likeliest(candidates: list[Array], losses: list[Array], rows: NoisyRows) -> int:
    """The candidate of the lowest mean loss; not one that merges two classes, unless clearly."""
    means = [float(np.average(part, weights=rows.weights)) for part in losses]
    best = int(np.argmin(means))
    if not _vanishing(candidates[best], rows):
        return best
    whole = [k for k, T in enumerate(candidates) if not _vanishing(T, rows)]
    other = min(whole, key=means.__getitem__, default=best)
    error = _standard_error(losses[other] - losses[best], rows.weights)
    return best if means[other] - means[best] > CLEAR * error else other


def _vanishing(transition_matrix: Array, rows: NoisyRows) -> bool:
    """Whether T makes the rows of some class next to nothing of what its labels are."""
    q = project_posterior(rows.proba, transition_matrix, n_rounds=PROJECTION_ROUNDS)
    labels = np.bincount(rows.y, rows.weights, minlength=len(transition_matrix))
    return bool((rows.weights @ q < VANISHED * labels).any())


def _standard_error(values: Array, weights: Array) -> float:
    """Of the weighted mean."""
    spread = values - np.average(values, weights=weights)
    return float(np.sqrt((weights * spread**2).sum()) / weights.sum())
