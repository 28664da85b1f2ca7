"""Method "confident_joint": the noisy labels of the rows that a classifier is confident of."""

from __future__ import annotations

import numpy as np

from ._arrays import Array, Codes, cross_counts, row_shares
from ._estimate import Estimate, NoisyRows, Options


def confident_joint_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """T from the confident joint."""
    return options.estimate_from_counts(confident_joint(*rows))


def confident_joint(proba: Array, y: Codes, weights: Array) -> Array:
    """Counts of (class of which the model is confident, noisy label), of the data's size.

    A row is confidently of class k if its posterior of k reaches the mean posterior of k among
    the rows labelled k; among several such classes the most probable one is taken.

    References
    ----------
    .. [1] Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset
       Labels", JAIR 2021.
    """
    n_samples, K = proba.shape
    label_mass = np.bincount(y, weights=weights, minlength=K)
    given = proba[np.arange(n_samples), y] * weights
    threshold = np.divide(
        np.bincount(y, weights=given, minlength=K),
        label_mass,
        out=np.full(K, np.inf),
        where=label_mass > 0,
    )
    confident = np.where(proba >= threshold, proba, -1.0)
    guess = confident.argmax(axis=1)
    sure = confident[np.arange(n_samples), guess] >= 0
    joint = cross_counts(y[sure], guess[sure], K, weights[sure])
    # Each given label keeps its share of the data, however often the model is confident there.
    return (row_shares(joint) * label_mass[:, None]).T
