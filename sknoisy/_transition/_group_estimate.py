"""A T per group from posteriors of the noisy labels of all groups together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._groups import shrink_groups
from ._projection import project_posterior
from ._rows import row_weights
from ._sharpness import sharpened, temperature_scaled

# Powers of the clean posterior, of which the likeliest is taken, and rounds for each.
SHARPNESS = (1.0, 1.5, 2.2, 3.3, 5.0, 8.0)
ROUNDS = 6
# No classifier is believed beyond this: the share of the uniform posterior mixed in.
SMOOTHING = 1e-3


class GroupEstimate(NamedTuple):
    """T of each group, and how many examples each of its rows rests on."""

    transition_matrices: NDArray[np.float64]
    n_examples: NDArray[np.float64]


def group_transition_matrices(
    noisy_proba: NDArray[np.float64],
    y: NDArray[np.integer],
    which: NDArray[np.integer],
    common: NDArray[np.float64],
    *,
    n_groups: int | None = None,
    sample_weight: NDArray[np.float64] | None = None,
) -> GroupEstimate:
    """Estimate a T for each group, drawn to the common one as far as the groups look alike.

    Parameters
    ----------
    noisy_proba : ndarray of shape (n_samples, n_classes)
        Posteriors of the noisy labels, out of fold, of a classifier that saw all groups and no
        group's name.
    y : ndarray of int of shape (n_samples,)
        Noisy labels as column numbers.
    which : ndarray of int of shape (n_samples,)
        Group of each row, from 0.
    common : ndarray of shape (n_classes, n_classes)
        T of all groups together.
    n_groups : int, default=None
        Number of groups; default those in `which`.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights of the rows.

    Returns
    -------
    GroupEstimate
        Matrices of shape (n_groups, n_classes, n_classes), examples of shape
        (n_groups, n_classes).

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

    Examples
    --------
    >>> import numpy as np
    >>> proba = np.repeat([[0.9, 0.1], [0.1, 0.9]], 100, axis=0)
    >>> y, which = np.repeat([0, 1], 100), np.tile([0, 1], 100)
    >>> y[1:40:2] = 1                               # group 1 errs
    >>> found = group_transition_matrices(proba, y, which, np.array([[0.9, 0.1], [0.1, 0.9]]))
    >>> bool(found.transition_matrices[0, 0, 0] > found.transition_matrices[1, 0, 0])
    True
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
    q: NDArray[np.float64],
    cells: NDArray[np.integer],
    weights: NDArray[np.float64],
    common: NDArray[np.float64],
    n_groups: int,
) -> tuple[GroupEstimate, float]:
    """The T of all groups after some rounds, and the likelihood of the labels before the last."""
    K = len(common)
    matrices = np.broadcast_to(common, (n_groups, K, K))
    for _ in range(ROUNDS):
        columns = matrices.transpose(0, 2, 1).reshape(-1, K)
        share = q * columns[cells]
        given = np.maximum(share.sum(axis=1), np.finfo(float).tiny)
        share *= (weights / given)[:, None]
        by_class = [np.bincount(cells, share[:, k], minlength=n_groups * K) for k in range(K)]
        counts = np.array(by_class, dtype=np.float64).reshape(K, n_groups, K).transpose(1, 0, 2)
        matrices = shrink_groups(counts, common)
    return GroupEstimate(matrices, counts.sum(axis=2)), float(weights @ np.log(given))
