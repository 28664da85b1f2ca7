"""Whether noisy labels tell noise from overlap of the classes, or leave the two to trade."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._arrays import Array

# With a larger standard error of the best accuracy T is called not identified: twice it to either
# side are 16 points.
LARGEST_ACCURACY_STD = 0.04
MAX_ROWS = 5000  # That the information is summed over; it is then scaled to all rows.
RIDGE = 1e-9  # In units of one row: for classes that hold hardly any.


class TradeOff(NamedTuple):
    """Standard errors that come from how far steeper posteriors and more noise look alike.

    `accuracy_std` is that of the accuracy of the best classifier, `rate_std` that of the noise
    rate `rate`.
    """

    accuracy_std: float
    rate: float
    rate_std: float


def trade_off(
    p: Array, logits: Array, T: Array, weights: Array, n_rows: float | None = None
) -> TradeOff:
    """How well the steepness of clean posteriors is known when T is free to follow.

    `logits`, less the intercept, are what the clean posteriors `p` scale with; `weights` stand for
    `n_rows` rows, by default as many as their sum.

    Notes
    -----
    The posteriors ``softmax(s logits + b)`` change with log s by d. The part of the change
    ``d @ T`` of the noisy posteriors q that no change of T and b makes up for is the only
    evidence about s: its squares, over q and summed, are the efficient information.
    """
    n_rows = float(weights.sum()) if n_rows is None else n_rows
    weights = weights / weights.sum()
    rate = float(weights @ p @ (1 - T.diagonal()))
    step = -(-len(p) // MAX_ROWS)
    p, logits, weights = p[::step], logits[::step], weights[::step] / weights[::step].sum()
    moved = p * (logits - (p * logits).sum(axis=1, keepdims=True))
    information, of_T = _efficient(p, moved, T, weights * n_rows)
    std = 1 / np.sqrt(max(information, RIDGE))
    best = p.argmax(axis=1)
    by_accuracy = weights @ moved[np.arange(len(p)), best]
    # Steeper posteriors go with the opposite of the change of T that makes up for them.
    by_rate = weights @ p @ of_T.diagonal() + weights @ moved @ (1 - T.diagonal())
    return TradeOff(float(abs(by_accuracy) * std), rate, float(abs(by_rate) * std))


def identification_doubt(trade_off: TradeOff) -> str | None:
    """What the labels leave open, and what settles it; None where T is identified."""
    if not trade_off.accuracy_std > LARGEST_ACCURACY_STD:
        return None
    low, high = (
        np.clip(trade_off.rate + sign * 1.96 * trade_off.rate_std, 0, 1) for sign in (-1, 1)
    )
    return (
        f"These labels hardly tell noise from overlap of the classes, since too few rows are "
        f"surely of one class: noise rates from {low:.2f} to {high:.2f} explain them, and the best "
        f"accuracy is known with a standard error of {trade_off.accuracy_std:.2f}. T, and every "
        f"score that uses it, may be as far off. Better posteriors, trusted labels "
        f"(TransitionMatrixEstimator with y_trusted) or a known T settle it; to choose among "
        f"models, noise_corrected_balanced_accuracy needs T least."
    )


def overlap_doubt(rate_range: tuple[float, float], error: float) -> str:
    """The same of a T that was weighed against others, whose rows are off by `error` on average."""
    low, high = rate_range
    return (
        f"These labels hardly tell noise from overlap of the classes: noise rates from {low:.2f} "
        f"to {high:.2f} explain them about as well, and the rows of T may be off by "
        f"{error:.2f} (L1) or more. A few trusted labels (y_trusted), a known noise rate "
        f'(structure={{"noise_rate": ...}}), several labels per row (sknoisy.annotators), or '
        f"features that tell more of the classes settle it."
    )


def _efficient(p: Array, moved: Array, T: Array, weights: Array) -> tuple[float, Array]:
    """Information on log s with T and b free, and by how much T gives way per unit of log s.

    Weighted least squares of ``moved @ T`` on the changes that T and b can make. Column j of T
    has regressors of its own (p), so that it is ``solved[j] - by_b[j] @ b``, and b is left to
    find. T's rows keep their sums unasked: what is orthogonal to the changes that b can make is
    orthogonal to those of the sums.
    """
    K = len(T)
    q, target = (p @ T).clip(min=1e-12), moved @ T
    seen, by_b, solved = np.empty((K, K)), np.empty((K, K, K)), np.empty((K, K))
    of_bb, seen_b, left, total = np.zeros((K, K)), np.zeros(K), np.zeros(K), 0.0
    for j in range(K):
        w, of_b = weights / q[:, j], p * (T[:, j] - q[:, [j]])
        inverse = np.linalg.pinv(p.T @ (p * w[:, None]) + RIDGE * np.eye(K), hermitian=True)
        cross = p.T @ (of_b * w[:, None])
        seen[j] = p.T @ (target[:, j] * w)
        by_b[j], solved[j] = inverse @ cross, inverse @ seen[j]
        of_bb += of_b.T @ (of_b * w[:, None]) - cross.T @ by_b[j]
        seen_b += of_b.T @ (target[:, j] * w)
        left -= cross.T @ solved[j]
        total += float(w @ target[:, j] ** 2)
    b = np.linalg.lstsq(of_bb, seen_b + left, rcond=None)[0]
    columns = solved - by_b @ b
    return total - float((seen * columns).sum() + seen_b @ b), columns.T
