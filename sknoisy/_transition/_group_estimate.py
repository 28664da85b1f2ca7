"""A T per group from posteriors of the noisy labels of all groups together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._arrays import TINY, Array, Codes, row_weights
from ._group_shrinkage import shrink_groups
from ._projection import project_posterior
from ._sharpness import sharpened, temperature_scaled

# Powers of the clean posterior, of which the likeliest is taken, and rounds for each.
SHARPNESS = (1.0, 1.5, 2.2, 3.3, 5.0, 8.0)
ROUNDS = 6
# The least posterior of a class, times the number of classes: no classifier is surer.
SMOOTHING = 1e-3


class GroupEstimate(NamedTuple):
    """T of each group, and how many examples each of its rows rests on."""

    transition_matrices: Array
    n_examples: Array


def group_transition_matrices(
    noisy_proba: Array,
    y: Codes,
    which: Codes,
    common: Array,
    *,
    n_groups: int | None = None,
    sample_weight: Array | None = None,
) -> GroupEstimate:
    """Estimate a T for each group, drawn to the common one as far as the groups look alike.

    `noisy_proba` are out-of-fold posteriors of a classifier that saw all groups and no group's
    name, `which` says the group of each row, from 0, and `common` is the T of all together. The
    groups are those in `which`, or `n_groups`.

    Notes
    -----
    With q the clean posterior that explains the noisy one by the common T, a row of group g with
    label j counts for class k with the probability ``q_k T_g[k, j] / sum_l q_l T_g[l, j]``, and
    the counts make the next T_g (:func:`shrink_groups`): expectation-maximisation. A classifier
    is softer than the truth, which would be taken for noise, so that q is raised to the power
    under which the noisy labels are likeliest. Groups must have classes of the same look, not
    the same shares of classes as long as the features tell the classes apart.

    References
    ----------
    .. [1] Dempster, Laird, Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm",
       JRSS B 39, 1977.
    """
    K = len(common)
    n_groups = int(which.max()) + 1 if n_groups is None else n_groups
    cells, weights = which * K + y, row_weights(sample_weight, len(y))
    calibrated = temperature_scaled(noisy_proba, y, sample_weight=weights)
    q = np.maximum(project_posterior(calibrated, common), SMOOTHING / K)
    candidates = (
        _maximised(sharpened(np.log(q), power), cells, weights, common, n_groups)
        for power in SHARPNESS
    )
    return max(candidates, key=lambda candidate: candidate[1])[0]


def _maximised(
    q: Array,
    cells: Codes,
    weights: Array,
    common: Array,
    n_groups: int,
) -> tuple[GroupEstimate, float]:
    """The T of all groups after some rounds, and the likelihood of the labels before the last."""
    K = len(common)
    matrices = np.broadcast_to(common, (n_groups, K, K))
    for _ in range(ROUNDS):
        columns = matrices.transpose(0, 2, 1).reshape(-1, K)
        share = q * columns[cells]
        given = np.maximum(share.sum(axis=1), TINY)
        share *= (weights / given)[:, None]
        by_class = [np.bincount(cells, share[:, k], minlength=n_groups * K) for k in range(K)]
        counts = np.array(by_class, dtype=np.float64).reshape(K, n_groups, K).transpose(1, 0, 2)
        matrices = shrink_groups(counts, common)
    return GroupEstimate(matrices, counts.sum(axis=2)), float(weights @ np.log(given))
