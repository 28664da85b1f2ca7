"""Method "auto", the default: as much noise as the labels tell from overlap of the classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._algebra import mix_with_identity
from ._arrays import Array
from ._count import count_estimate
from ._directions import (
    counted_direction,
    likeliest_direction,
    sparse_direction,
    symmetric_direction,
)
from ._estimate import ANY_RATE, Bootstrap, Estimate, NoisyRows, Options
from ._likelihood import LikelihoodFit, fit_likelihood, rank_logits, sorted_columns
from ._line import LabelledRanks, Line, given_transition_matrix, line_to
from ._model_choice import CAUTIOUS, Candidates, doubt_of, share_of_identity, weighed
from ._one_sided import OneSided, is_one_sided, one_sided_estimate, resampled_one_sided
from ._selection import counted_estimate, resampled_counted

# Time grows with the square of their number, and more classes seldom overlap that widely.
MOST_CLASSES = 20
# Rows that the likelihood looks at: so many numbers (rows times classes), and limits of either.
ENOUGH_NUMBERS, MOST_ROWS, ROWS_PER_CLASS = 40_000, 6000, 100
# A line shorter than this is the identity.
SHORTEST = 0.004
STRUCTURES_OF_LINES = {"noise", "zeros", "groups"}


class Weighing(NamedTuple):
    """What resampling needs: the candidates, the lines they lie on, and the classes seen.

    `held_back` is the share of the identity that is mixed with T.
    """

    candidates: Candidates
    lines: list[Line]
    seen: NDArray[np.bool_]
    n_rows: float
    held_back: float


def auto_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """Weigh noise against overlap of the classes, by what the labels say.

    Notes
    -----
    Where no row is surely of its class, T is a set: from the identity to the most noise whose
    hull still holds the posteriors [1]_, which is what counts at the surest rows return. A model
    of the clean posteriors p is needed to choose: ``p = softmax(W h + b)`` of the log-odds h of
    the ranks, see :func:`~sknoisy.metrics.fit_noise_model`, which can follow the ranks to 0 and 1
    but cannot level off before. Three T are candidates, and so are all on the lines from the
    identity to them: symmetric noise, the likeliest T of that model, and the T of labels
    counted at sure rows, :func:`~sknoisy._transition._selection.counted_estimate`.

    Each is worth its evidence: the likelihood with the map fitted, times the prior density of its
    noise rate, less the price of its entries, times the prior of how much the features tell of
    the classes. No noise at all has half of the prior. T is the weighted median of each entry,
    which has the least expected L1 error: it is the identity where that has half of the weight.
    Up to a quarter of the identity is mixed with it where features tell little of the labels.

    With more classes, or a structure that a line would leave (a prior, a rank), T is the counted
    one. One-sided noise is another matter, :func:`one_sided_estimate`.

    References
    ----------
    .. [1] Scott, Blanchard, Handy, "Classification with Asymmetric Label Noise: Consistency and
       Maximal Denoising", COLT 2013.
    """
    if is_one_sided(options):
        return one_sided_estimate(rows, options)
    counted = counted_estimate(rows, options)
    seen = np.bincount(rows.y, rows.weights, minlength=rows.proba.shape[1]) > 0
    structure = set(options.structure or ())
    if not 2 <= seen.sum() <= MOST_CLASSES or not structure <= STRUCTURES_OF_LINES:
        return counted
    sample = _sample(rows.among(seen))
    scale = float(rows.weights.sum() / sample.weights.sum())
    lines = _lines(sample, counted.transition_matrix[np.ix_(seen, seen)], 1 / scale, options)
    K = int(seen.sum())
    found, cautious = (weighed(K, lines, options.noise_rate, trust) for trust in (1.0, CAUTIOUS))
    n_rows = float(rows.weights.sum())
    # A noise rate that is known stays.
    held_back = share_of_identity(found, n_rows) if options.noise_rate == ANY_RATE else 0.0
    T = mix_with_identity(found.median(), held_back)
    numbers = found.of_line[found.weights > 0]
    share = np.bincount(numbers + 1, found.weights[found.weights > 0], minlength=len(lines) + 1)
    labels = np.bincount(rows.y, rows.weights, minlength=len(seen))[seen]
    n_examples = share[0] * labels + sum(
        part * scale * line.counts.sum(axis=1) for part, line in zip(share[1:], lines, strict=True)
    )
    doubt = doubt_of(T, found, cautious, n_rows)
    return Estimate(
        T,
        n_examples,
        counted.losses,
        details=Weighing(found, lines, seen, n_rows, held_back),
        doubts=() if doubt is None else (doubt,),
        rate_range=cautious.rate_range(),
    ).among_all(seen)


def _sample(rows: NoisyRows) -> NoisyRows:
    """As many rows as the likelihood needs, in random order."""
    n_samples, K = rows.proba.shape
    enough = max(min(ENOUGH_NUMBERS // K, MOST_ROWS), ROWS_PER_CLASS * K)
    if n_samples <= enough:
        return rows
    chosen = np.random.default_rng(0).permutation(n_samples)[:enough]
    return rows.take(np.sort(chosen))


def _lines(rows: NoisyRows, counted: Array, share: float, options: Options) -> list[Line]:
    """From the identity to each T that is a candidate; `rows` are a share of those counted."""
    K = len(counted)
    ranks = LabelledRanks(
        rank_logits(rows.proba, *sorted_columns(rows.proba, rows.weights)), rows.y, rows.weights
    )
    eye = np.eye(K)
    at_identity = given_transition_matrix(eye, ranks, LikelihoodFit.starting_at(eye))
    is_free = options.structure is None or "noise" not in options.structure
    directions = [counted_direction(counted, is_free, share)]
    if options.structure is None:
        start = count_estimate(rows, Options()).transition_matrix
        likeliest = fit_likelihood(*ranks, start).transition_matrix
        directions += [symmetric_direction(K), likeliest_direction(likeliest)]
        sparse = sparse_direction(counted)
        directions += [] if sparse is None else [sparse]
    return [
        line_to(direction, ranks, at_identity)
        for direction in directions
        if (1 - direction.end.diagonal()).mean() > SHORTEST
    ]


def resampled_auto(bootstrap: Bootstrap) -> list[Array]:
    """T drawn from the candidates by their weights, its rows by the counts they rest on."""
    details = bootstrap.estimate.details
    if isinstance(details, OneSided):
        return resampled_one_sided(bootstrap)
    if not isinstance(details, Weighing):
        return resampled_counted(bootstrap)
    found, lines, seen, n_rows, held_back = details
    samples = []
    for _ in bootstrap.drawn:
        number = bootstrap.rng.choice(len(found.weights), p=found.weights)
        T, line = found.transition_matrices[number], found.of_line[number]
        T = T if line < 0 else _drawn_rows(T, lines[line], n_rows, bootstrap.rng)
        T = mix_with_identity(T, held_back)
        of_all = Estimate(T, T.diagonal()).among_all(seen)
        samples.append(of_all.transition_matrix)
    return samples


def _drawn_rows(T: Array, line: Line, n_rows: float, rng: np.random.Generator) -> Array:
    """Rows of a T as they vary if its entries are counted; one of a single rate stays."""
    if not line.direction.is_free:
        if not line.direction.at_end:
            return T
        wrong, total = (line.counts * (1 - np.eye(len(T)))).sum(), line.counts.sum()
        scale = n_rows / total
        rate = rng.beta(1 + wrong * scale, 1 + (total - wrong) * scale) * total / (wrong + 1)
        return np.asarray(np.eye(len(T)) + min(rate, 1.0) * (T - np.eye(len(T))))
    counts = T * line.counts.sum(axis=1, keepdims=True) * n_rows / line.counts.sum()
    drawn = rng.gamma(np.maximum(counts, 1e-300))
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))
