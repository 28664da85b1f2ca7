"""Consensus of annotators with out-of-fold posteriors of a classifier as prior of each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from .._transition import (
    estimate,
    fit_sharpness,
    group_transition_matrices,
    smoothed_log,
)
from ._em import (
    Codes,
    Consensus,
    annotator_matrices,
    class_prior,
    dawid_skene,
    log_likelihood,
    with_trusted,
)
from ._votes import Votes

Array = NDArray[np.float64]


def informed_consensus(
    votes: Votes,
    proba: Array,
    weights: Array,
    max_iter: int,
    tol: float,
    trusted: Codes | None = None,
) -> tuple[Array, Consensus]:
    """Dawid and Skene's model with the calibrated posteriors as priors of the rows, and these.

    It starts from the posteriors, not from the labels: a start from the labels would trust
    annotators whom nobody contradicts.
    """
    indicator = votes.indicator()
    clean = with_trusted(proba, trusted)
    matrices, _ = annotator_matrices(indicator, clean * weights[:, None], proba.shape[1])
    prior = calibrated(proba, log_likelihood(indicator, matrices), weights)
    return prior, dawid_skene(
        votes, prior, weights, max_iter, tol, row_prior=prior, trusted=trusted
    )


def consensus_given(
    votes: Votes,
    proba: Array,
    weights: Array,
    matrices: Array,
    n_examples: Array,
    trusted: Codes | None = None,
) -> tuple[Array, Consensus]:
    """As `informed_consensus`, with known matrices."""
    evidence = log_likelihood(votes.indicator(), matrices)
    prior = calibrated(proba, evidence, weights)
    clean = with_trusted(softmax(np.log(prior) + evidence, axis=1), trusted)
    return prior, Consensus(clean, matrices, class_prior(clean, weights), n_examples, 1, True)


def matrices_from_features(votes: Votes, proba: Array, weights: Array) -> tuple[Array, Array]:
    """T of every annotator and its number of examples, without comparing annotators.

    For votes that rarely overlap, whose likelihood cannot tell annotators who err from a
    classifier that errs. Annotators are then treated as groups of rows: the common T is estimated
    from posteriors of the labels, and the T of each annotator is shrunk to it.
    """
    proba, weights = proba[votes.row], weights[votes.row]
    y, group, n_groups = votes.label, votes.annotator, len(votes.annotators)
    common = estimate(proba, y, method="auto", sample_weight=weights).transition_matrix
    return group_transition_matrices(
        proba, y, group, common, n_groups=n_groups, sample_weight=weights
    )


def calibrated(proba: Array, log_evidence: Array, weights: Array) -> Array:
    """Posteriors to the power that maximises the likelihood of all labels.

    An overconfident classifier would otherwise overrule annotators who agree, and a soft one
    would have no effect. `log_evidence` is the log-likelihood of the labels of each row, by clean
    class; no clean label is needed.
    """
    log_proba = smoothed_log(proba)
    likelihood = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))

    def loss(scaled: Array) -> float:
        mixture = (softmax(scaled, axis=1) * likelihood).sum(axis=1)
        log_mixture = np.log(np.maximum(mixture, np.finfo(float).tiny))
        return float(-np.average(log_mixture, weights=weights))

    return softmax(fit_sharpness(log_proba, loss) * log_proba, axis=1)
